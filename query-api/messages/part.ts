import type { Message } from '../../schemas/conversation/resource.ts'
import { Id, Time } from '../../schemas/fields.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { checkOf } from '../../schemas/validator.ts'
import { isCount } from '../cursor-parts.ts'
import { pageOf, type Wanted } from '../page.ts'

/** Messages are read in the order in which they were sent, or the other way round. */
export type Order = 'asc' | 'desc'

/** Revision of a message, in an order. */
export interface Place {
  order: Order
  revision: number
}

/** Only what came after a message, or was said after a time. */
export type Since = { id: string } | { time: string }

/** Which of a conversation's messages are wanted. */
export interface Part {
  order: Order
  since: Since | undefined
  wanted: Wanted<Place>
}

const checkId = checkOf(Id)
const checkTime = checkOf(Time)

/** Reads `since`. Throws Rejection('validation') for what is neither a time nor an id. */
export function sinceOf(text: string | undefined): Since | undefined {
  if (text === undefined) return undefined
  if (checkId(text).ok) return { id: text.toLowerCase() }
  // In a query string a plus sign stands for a blank.
  const time = checkTime(text.replace(' ', '+'))
  if (time.ok) return { time: new Date(time.value).toISOString() }
  throw wrong('since must be an ISO 8601 time, such as 2026-01-31T12:00:00Z, or the id of a message')
}

export function unknownMessage(): Rejection {
  return wrong('since names no message of this conversation')
}

/** A page of messages that are all there, the first one first: those of a replay. */
export function pageWithin(messages: readonly Message[], { order, since, wanted }: Part) {
  const { after, offset, limit } = wanted
  const all = messages.slice(since === undefined ? 0 : firstAfter(messages, since)).filter(isAfter(since))
  if (order === 'desc') all.reverse()
  const rest = after === undefined ? all : all.filter(({ revision }) => isBeyond(revision, after))
  return pageOf(rest.slice(offset, offset + limit + 1), all.length, wanted, partsIn(order), (message) => message)
}

function firstAfter(messages: readonly Message[], since: Since): number {
  if ('time' in since) return 0
  const index = messages.findIndex(({ id }) => id === since.id)
  if (index < 0) throw unknownMessage()
  return index + 1
}

const isAfter = (since: Since | undefined) => (message: Message) =>
  since === undefined || 'id' in since || message.createdAt > since.time

const isBeyond = (revision: number, { order, revision: from }: Place) =>
  order === 'desc' ? revision < from : revision > from

/** The parts of a message's cursor. */
export const partsIn =
  (order: Order) =>
  ({ revision }: { revision: number }) => [order, revision]

/** Reads a cursor's parts; undefined for what is none, or belongs to the other order. */
export const placeOf =
  (order: Order) =>
  ([of, revision]: readonly unknown[]): Place | undefined => {
    return isCount(revision) && of === order ? { order, revision } : undefined
  }

function wrong(message: string): Rejection {
  return new Rejection('validation', message, [{ path: 'since', message }])
}
