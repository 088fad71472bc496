import type { ContentType } from '../../../schemas/conversation/content.ts'
import { Carousel, Dropdown, File, Image, QuickButtons } from '../../../schemas/conversation/content.ts'
import type { TemplateMessage } from '../../../schemas/conversation/delivery.ts'
import type { FileFacts } from '../../../schemas/conversation/events.ts'
import { checkOf } from '../../../schemas/validator.ts'
import { type Choice, choices, type Header } from './choices.ts'
import { split } from './text.ts'

/** What is to be said, as the log has it. */
export interface Outgoing {
  content: string
  contentType: ContentType
  richMedia?: unknown
  files?: readonly FileFacts[] | undefined
  whatsappTemplate?: TemplateMessage | undefined
}

/** One message of WhatsApp's: the part of the Cloud API's body that its type asks for; or a file of ours, to be uploaded first. */
export type Part =
  | { kind: 'body'; body: { type: string } & Record<string, unknown> }
  | { kind: 'file'; file: FileFacts; caption: string | undefined }

/** Limits of the Cloud API, "Messages": in characters. */
const mostOfText = 4096
const mostOfCaption = 1024
const mostOfPayload = 128

const checks = {
  image: checkOf(Image),
  file: checkOf(File),
  quick_button: checkOf(QuickButtons),
  carousel: checkOf(Carousel),
  dropdown: checkOf(Dropdown),
}

/** What WhatsApp is told, in order. The same message gives the same parts whenever it is asked: they are counted. */
export function partsOf(message: Outgoing): Part[] {
  if (message.whatsappTemplate !== undefined) return [templatePart(message.whatsappTemplate)]
  const { files = [] } = message
  if (files.length === 0) return richParts(message)
  const [first, ...rest] = files
  const captioned = first !== undefined && mediaTypeOf(first) !== 'audio' && fitsCaption(message)
  const said = message.contentType === 'text' ? (captioned ? [] : texts(message.content)) : richParts(message)
  const caption = captioned && message.content.trim() !== '' ? message.content : undefined
  return [
    ...said,
    ...(first === undefined ? [] : [{ kind: 'file', file: first, caption } as const]),
    ...rest.map((file) => ({ kind: 'file', file, caption: undefined }) as const),
  ]
}

const fitsCaption = ({ content, contentType }: Outgoing) => contentType === 'text' && content.length <= mostOfCaption

/** Rich media was checked before it was stored; what an erasure left of it says nothing. */
function richParts(message: Outgoing): Part[] {
  const { content, contentType, richMedia } = message
  switch (contentType) {
    case 'text':
      return texts(content)
    case 'image': {
      const image = checks.image(richMedia)
      if (!image.ok) return texts(content)
      const { url, alt = '' } = image.value
      return captioned(content.trim() === '' ? alt : content, (caption) => linked('image', { link: url, ...caption }))
    }
    case 'file': {
      const file = checks.file(richMedia)
      if (!file.ok) return texts(content)
      const { url, filename } = file.value
      return captioned(content, (caption) => linked('document', { link: url, filename, ...caption }))
    }
    case 'quick_button': {
      const { buttons = [] } = checkedIn(checks.quick_button(richMedia))
      return asked(content, buttons)
    }
    case 'dropdown': {
      const { options = [], placeholder } = checkedIn(checks.dropdown(richMedia))
      return asked(content, options, placeholder)
    }
    case 'carousel': {
      const { cards = [] } = checkedIn(checks.carousel(richMedia))
      return [...texts(content), ...cards.flatMap(cardParts)]
    }
  }
}

function checkedIn<T>(checked: { ok: true; value: T } | { ok: false }): Partial<T> {
  return checked.ok ? checked.value : {}
}

type Card = { image_url?: string; title: string; subtitle?: string; buttons?: Choice[] }

/** A card with few buttons is one message, its picture above them; WhatsApp puts none above a list. */
function cardParts({ image_url, title, subtitle, buttons = [] }: Card): Part[] {
  const words = subtitle === undefined ? title : `${title}\n${subtitle}`
  if (buttons.length === 0) {
    if (image_url === undefined) return texts(words)
    return captioned(words, (caption) => linked('image', { link: image_url, ...caption }))
  }
  if (image_url === undefined) return asked(words, buttons)
  if (buttons.length <= 3) return asked(words, buttons, undefined, { type: 'image', image: { link: image_url } })
  return [linked('image', { link: image_url }), ...asked(words, buttons)]
}

function texts(content: string): Part[] {
  return split(content, mostOfText).map((body) => bodyPart('text', { body, preview_url: false }))
}

function asked(content: string, from: readonly Choice[], placeholder?: string, header?: Header): Part[] {
  if (from.length === 0) return texts(content)
  const { before, interactives } = choices({ content, choices: from, placeholder, header })
  return [...before.flatMap(texts), ...interactives.map((one) => bodyPart('interactive', one))]
}

function captioned(words: string, part: (caption: { caption?: string }) => Part): Part[] {
  if (words.trim() === '') return [part({})]
  return words.length <= mostOfCaption ? [part({ caption: words })] : [...texts(words), part({})]
}

function templatePart({ name, language, parameters, buttons }: TemplateMessage): Part {
  const body = { type: 'body', parameters: parameters.map((text) => ({ type: 'text', text: oneLine(text) })) }
  const replies = buttons.map(({ value }, index) => ({
    type: 'button',
    sub_type: 'quick_reply',
    index: String(index),
    parameters: [{ type: 'payload', payload: value.slice(0, mostOfPayload) }],
  }))
  const components = [...(parameters.length === 0 ? [] : [body]), ...replies]
  const language_ = { code: language }
  return bodyPart('template', { name, language: language_, ...(components.length === 0 ? {} : { components }) })
}

/** A variable may hold neither line breaks nor more than four blanks in a row; an empty one is refused. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line === '' ? '-' : line
}

const linked = (type: 'image' | 'document', media: object) => bodyPart(type, media)

function bodyPart(type: string, content: object): Part {
  return { kind: 'body', body: { type, [type]: content } }
}

export type MediaType = 'image' | 'audio' | 'video' | 'document'

/** As what the Cloud API takes a file; all that it does not show or play goes as a document. Source: "Media", supported types. */
export function mediaTypeOf({ mimeType, size }: Pick<FileFacts, 'mimeType' | 'size'>): MediaType {
  if (/^image\/(jpeg|png)$/.test(mimeType) && size <= 5 * 1024 * 1024) return 'image'
  if (/^audio\/(aac|amr|mpeg|mp4|ogg)(;|$)/.test(mimeType)) return 'audio'
  if (/^video\/(mp4|3gpp)$/.test(mimeType)) return 'video'
  return 'document'
}

/** The body of a file that WhatsApp has taken under an id. */
export function fileBody(
  file: FileFacts,
  id: string,
  caption: string | undefined,
): { type: string } & Record<string, unknown> {
  const type = mediaTypeOf(file)
  const words = caption === undefined || type === 'audio' ? {} : { caption }
  return { type, [type]: { id, ...words, ...(type === 'document' ? { filename: file.filename } : {}) } }
}
