import assert from 'node:assert/strict'
import { type ConversationRow, foldConversation } from '../../projectors/inbox/fold.ts'
import { uuid } from '../../projectors/testing/history.ts'
import { recorded } from '../../projectors/testing/recorded.ts'
import { type ConversationEvent, conversationEvents } from '../../schemas/conversation/events.ts'
import type { Recorded, RecordedEach } from '../../schemas/envelope.ts'
import { type Made, madeUp } from './people.ts'

/** What lists are asked for, as their query says it; `me` is the agent 1 of the tests. */
export type Asked = Record<string, string | number | undefined>

/** A conversation as a naive list knows it. */
export interface Known {
  row: ConversationRow
  name: string | null
  email: string | null
  texts: string[]
}

export function knownOf(one: Made): Known {
  const [, history] = madeUp(one)
  assert.ok(history !== undefined)
  const events = recorded(history).filter(isOurs)
  const row = events.reduce<ConversationRow | undefined>(foldConversation, undefined)
  assert.ok(row !== undefined)
  const texts = events.flatMap((event) =>
    event.type === 'MessageSent' || event.type === 'NoteAdded' ? [event.data.content] : [],
  )
  return { row, name: one.name, email: one.email, texts }
}

function isOurs(event: Recorded): event is RecordedEach<ConversationEvent> {
  return Object.hasOwn(conversationEvents, event.type)
}

export const filterOf = (query: Asked) => (row: ConversationRow) => {
  const source = row.widgetId ?? row.channelId
  const mine = { me: uuid('agent', 1), unassigned: null }[String(query.assignee)]
  const assignee = mine === undefined ? query.assignee : mine
  return (
    (query.status === undefined || row.status === query.status) &&
    (query.channel_type === undefined || row.channel === query.channel_type) &&
    (query.tag === undefined || row.tags.includes(String(query.tag))) &&
    (query.assignee === undefined || row.assignedAgentId === assignee) &&
    (query.agentId === undefined || row.assignedAgentId === String(query.agentId).toLowerCase()) &&
    (query.widgetId === undefined || source === query.widgetId) &&
    (query.channelId === undefined || source === query.channelId)
  )
}

/** Written apart from what is tested. */
export const found =
  (search: string) =>
  ({ row, name, email, texts }: Known) => {
    const bare = (text: string) =>
      text
        .normalize('NFD')
        .replace(/[\u0300-\u036f']/g, '')
        .toLowerCase()
    const split = (text: string) =>
      bare(text)
        .split(/[^a-z0-9]+/)
        .filter((word) => word !== '')
    const wanted = split(search)
    const inText = (text: string) => wanted.length > 0 && wanted.every((word) => split(text).includes(word))
    const pieces = bare(search)
      .split(/\s+/)
      .map((piece) => piece.replace(/^[^a-z0-9]+/, ''))
      .filter((piece) => piece !== '')
    const facts = [bare(row.visitorId), ...`${name ?? ''} ${email ?? ''}`.split(' ').map(bare)]
    const begins = (piece: string) =>
      facts.some((fact, index) =>
        index === 0
          ? fact.startsWith(piece)
          : [...fact.matchAll(/[a-z0-9]+/g)].some((at) => fact.slice(at.index).startsWith(piece)),
      )
    return row.visitorId.startsWith(search) || (pieces.length > 0 && pieces.every(begins)) || texts.some(inText)
  }

/** Ids, the latest activity first. */
export function inOrder(rows: readonly ConversationRow[]): string[] {
  return [...rows].sort((a, b) => compare([b.activityAt, b.id], [a.activityAt, a.id])).map(({ id }) => id)
}

export function compare([a, x]: [string, string], [b, y]: [string, string]): number {
  if (a !== b) return a < b ? -1 : 1
  return x < y ? -1 : x > y ? 1 : 0
}
