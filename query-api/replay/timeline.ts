import type { HistoryEntry } from '../../schemas/conversation/resource.ts'
import type { Replayed } from './replay.ts'

/** A replayed conversation for a person to read: a line an event, then where it stood. */
export function timeline({ conversation, history }: Replayed): string {
  const { id, status, assignedAgentId, tags, unreadCount, messageCount, sessions, revision } = conversation
  const state = [
    `status ${status}`,
    `assigned to ${assignedAgentId ?? 'nobody'}`,
    `tags ${tags.length === 0 ? 'none' : tags.join(', ')}`,
    `${messageCount} message(s), ${unreadCount} unread`,
    `${sessions} session(s)`,
  ]
  const lines = history.map(line)
  return [`Conversation ${id} at revision ${revision}`, '', ...lines, '', ...state.map((one) => `  ${one}`), ''].join(
    '\n',
  )
}

function line({ revision, at, actor, type, data }: HistoryEntry): string {
  const who = `${actor.kind} ${actor.id.slice(0, 8)}`
  return `${String(revision).padStart(5)}  ${at}  ${who.padEnd(16)}  ${type}${detailOf(data)}`
}

const shown = ['senderType', 'content', 'tag', 'agentId', 'score', 'startedBy', 'visitorId', 'messageIds'] as const

function detailOf(data: unknown): string {
  if (typeof data !== 'object' || data === null) return ''
  const facts: Readonly<Record<string, unknown>> = { ...data }
  const parts = shown.filter((name) => facts[name] !== undefined).map((name) => said(name, facts[name]))
  return parts.length === 0 ? '' : `: ${parts.join(' ')}`
}

function said(name: string, value: unknown): string {
  if (Array.isArray(value)) return `${value.length} message(s)`
  if (name === 'content') return JSON.stringify(String(value).slice(0, 200))
  return String(value)
}
