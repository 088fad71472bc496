import type { WhatsappMedia, WhatsappMessage } from '../../../schemas/whatsapp/webhook.ts'

/** What a customer's message is to us. */
export interface Said {
  content: string
  /** What the button or row stands for that was chosen. */
  replyValue?: string
  file?: { media: WhatsappMedia; kind: MediaKind }
}

export const mediaKinds = ['image', 'document', 'audio', 'video', 'sticker'] as const
export type MediaKind = (typeof mediaKinds)[number]

const mostCharacters = 10_000
const mostOfValue = 500

/** Undefined for what says nothing to an agent: reactions, what WhatsApp itself calls unsupported, and types that are not known yet. */
export function saidIn(message: WhatsappMessage): Said | undefined {
  const { type, text, button, interactive, location, contacts } = message
  const kind = mediaKinds.find((known) => known === type)
  const media = kind && message[kind]
  if (kind !== undefined && media !== undefined) return { content: cleaned(media.caption), file: { media, kind } }
  switch (type) {
    case 'text':
      return words(text?.body)
    case 'button':
      return chosen(button?.text, button?.payload)
    case 'interactive': {
      const reply = interactive?.button_reply ?? interactive?.list_reply
      return chosen(reply?.title, reply?.id)
    }
    case 'location':
      return location && words(placeOf(location))
    case 'contacts':
      return words(contacts?.map(personOf).join('\n'))
    default:
      return undefined
  }
}

function words(text: string | undefined): Said | undefined {
  const content = cleaned(text)
  return content.trim() === '' ? undefined : { content }
}

function chosen(title: string | undefined, value: string | undefined): Said | undefined {
  const said = words(title) ?? words(value)
  const replyValue = cleaned(value, mostOfValue)
  return said && (replyValue === '' ? said : { ...said, replyValue })
}

function placeOf({ name, address, latitude, longitude }: NonNullable<WhatsappMessage['location']>): string {
  return `Location: ${[name, address, `${latitude}, ${longitude}`].filter(isSaid).join(', ')}`
}

function personOf({ name, phones = [], emails = [] }: NonNullable<WhatsappMessage['contacts']>[number]): string {
  const ways = [...phones.map(({ phone }) => phone), ...emails.map(({ email }) => email)]
  return `Contact: ${[name?.formatted_name, ...ways].filter(isSaid).join(', ')}`
}

const isSaid = (text: string | undefined): text is string => text !== undefined && text.trim() !== ''

/** What can be stored of a text: no NUL, and no half of a character. */
export function cleaned(text = '', most = mostCharacters): string {
  return text
    .slice(0, most)
    .replaceAll('\u0000', '')
    .replace(/\p{Surrogate}/gu, '')
}

const endings: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'video/mp4': 'mp4',
  'video/3gpp': '3gp',
  'application/pdf': 'pdf',
}

/** Only documents come with a name; what a file is, is found from its content. */
export function filenameOf({ media: { filename, mime_type = '' }, kind }: NonNullable<Said['file']>): string {
  const given = cleaned(filename).trim()
  if (given !== '') return given
  const ending = endings[mime_type.split(';', 1)[0]?.trim() ?? '']
  return ending === undefined ? kind : `${kind}.${ending}`
}

/** What stands in the place of a file that could not be had. */
export function missingFile({ content }: Said, kind: MediaKind): string {
  const note = `[${kind} that could not be loaded from WhatsApp]`
  return content === '' ? note : `${cleaned(content, mostCharacters - note.length - 1)}\n${note}`
}
