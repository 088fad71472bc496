import type { ContactEvent } from '../../schemas/contact/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'

export type ContactRow = {
  readonly id: string
  readonly workspaceId: string
  readonly visitorId: string
  readonly name: string | null
  readonly email: string | null
  readonly phone: string | null
  /** JSON text. */
  readonly attributes: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly erasedAt: string | null
  readonly revision: number
}

export function foldContact(row: ContactRow | undefined, event: RecordedEach<ContactEvent>): ContactRow {
  const { meta, revision } = event
  const at = utc(meta.at)
  if (event.type === 'ContactCreated') return row ?? created(event)
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which was never made`)
  switch (event.type) {
    case 'ContactUpdated': {
      const { contactId: _, attributes, ...changes } = event.data
      const changed = attributes === undefined ? changes : { ...changes, attributes: JSON.stringify(attributes) }
      return { ...row, ...changed, updatedAt: at, revision }
    }
    // The devices themselves are nobody's to see; the revision is that of the stream.
    case 'DeviceRegistered':
    case 'DeviceDropped':
      return { ...row, revision }
    case 'ContactErased':
      return { ...row, name: null, email: null, phone: null, attributes: '{}', updatedAt: at, erasedAt: at, revision }
    default:
      event satisfies never
      return row
  }
}

function created(event: RecordedEach<Extract<ContactEvent, { type: 'ContactCreated' }>>): ContactRow {
  const { contactId: id, visitorId, name, email, phone, attributes } = event.data
  const at = utc(event.meta.at)
  return {
    id,
    workspaceId: event.meta.workspaceId,
    visitorId,
    name,
    email,
    phone,
    attributes: JSON.stringify(attributes),
    createdAt: at,
    updatedAt: at,
    erasedAt: null,
    revision: event.revision,
  }
}

/** A term is cut after so many characters, since an index takes no longer ones; what is searched for is cut alike. */
const longestTerm = 100
const mostTerms = 50

/**
 * What a contact is found by: each of these, from its beginning. The visitor id; the digits of the telephone number; the words of name
 * and e-mail address, each with what follows it up to the next blank, so that `ada.king@example.com` is found by `ada`, by `king@ex` and by
 * `example.com`.
 */
export function termsOf({ visitorId, name, email, phone, erasedAt }: ContactRow): string[] {
  if (erasedAt !== null) return []
  const digits = digitsOf(phone ?? '')
  const words = `${name ?? ''} ${email ?? ''}`.split(/\s+/).flatMap((word) => endings(plain(word)))
  const terms = [cut(plain(visitorId)), ...(digits === '' ? [] : [cut(digits)]), ...words.map(cut)]
  return [...new Set(terms.filter((term) => term !== ''))].slice(0, mostTerms)
}

/** The terms of which a contact must have each, or one that begins so; none when there is nothing to search for. */
export function wantedTerms(search: string): string[] {
  const isNumber = /^[\d\s+()./-]+$/.test(search) && /\d.*\d.*\d/.test(search)
  if (isNumber) return [cut(digitsOf(search))]
  const words = search.split(/\s+/).map((word) => cut(plain(word).replace(/^[^\p{L}\p{N}]+/u, '')))
  return [...new Set(words.filter((word) => word !== ''))].slice(0, 8)
}

/** Digits alone, without what dials out of a country. */
function digitsOf(phone: string): string {
  return phone.replace(/\D/g, '').replace(/^00/, '')
}

/** A word from each place in it where a word begins. */
function endings(word: string): string[] {
  return [...word.matchAll(/[\p{L}\p{N}]+/gu)].map(({ index }) => word.slice(index))
}

function cut(term: string): string {
  return [...term].slice(0, longestTerm).join('')
}

const letters: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', æ: 'ae', œ: 'oe', þ: 'th', ı: 'i' }

/** A text as it is compared: without case, accents and apostrophes. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}'’‘`]/gu, '')
    .replace(/[øłđðæœþı]/g, (letter) => letters[letter] ?? letter)
}
