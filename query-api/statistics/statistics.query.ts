import type { ConversationStats, MessageStats } from '../../schemas/statistics.ts'
import type { Reader } from '../reader.ts'
import { type Windows, windowsAt } from './window.ts'

export async function conversationStats(reader: Reader, workspaceId: string, now: Date): Promise<ConversationStats> {
  const windows = windowsAt(now, await timeZoneOf(reader, workspaceId))
  const sums = await summed(reader, workspaceId, windows)
  return {
    totalConversations: sums.conversations,
    activeConversations: sums.active,
    todayConversations: sums.openedToday,
    avgConversationDuration: meanMinutes(sums.durationMs, sums.resolved),
    conversationTrend: trend(sums.opened, sums.openedBefore),
  }
}

export async function messageStats(reader: Reader, workspaceId: string, now: Date): Promise<MessageStats> {
  const windows = windowsAt(now, await timeZoneOf(reader, workspaceId))
  const sums = await summed(reader, workspaceId, windows)
  return {
    totalMessages: sums.messages,
    todayMessages: sums.messagesToday,
    avgResponseTime: meanMinutes(sums.replyMs, sums.replies),
    messageTrend: trend(sums.messagesNow, sums.messagesBefore),
  }
}

async function timeZoneOf(reader: Reader, workspaceId: string): Promise<string> {
  const [row] = await reader.rows<{ timeZone: string }>(
    'select time_zone as "timeZone" from read.workspaces where id = :workspaceId',
    { workspaceId },
  )
  return row?.timeZone ?? 'UTC'
}

const figures = [
  'conversations',
  'active',
  'messages',
  'openedToday',
  'opened',
  'openedBefore',
  'resolved',
  'durationMs',
  'messagesToday',
  'messagesNow',
  'messagesBefore',
  'replies',
  'replyMs',
] as const
type Figures = Record<(typeof figures)[number], number>

/** At most 60 days of quarters of an hour, however long the history is. */
async function summed(reader: Reader, workspaceId: string, windows: Windows): Promise<Figures> {
  const [row] = await reader.rows<Partial<Record<string, string | null>>>(
    `select t.conversations, t.active, t.messages, q.*
     from (select
         sum(opened) filter (where quarter >= :today) as "openedToday",
         sum(opened) filter (where quarter >= :last30) as opened,
         sum(opened) filter (where quarter < :last30) as "openedBefore",
         sum(resolved) filter (where quarter >= :last30) as resolved,
         sum(duration_ms) filter (where quarter >= :last30) as "durationMs",
         sum(messages) filter (where quarter >= :today) as "messagesToday",
         sum(messages) filter (where quarter >= :last30) as "messagesNow",
         sum(messages) filter (where quarter < :last30) as "messagesBefore",
         sum(replies) filter (where quarter >= :last30) as replies,
         sum(reply_ms) filter (where quarter >= :last30) as "replyMs"
       from read.statistics_quarters
       where workspace_id = :workspaceId and quarter >= :before30 and quarter < :end) q
     left join read.statistics_totals t on t.workspace_id = :workspaceId`,
    { workspaceId, ...windows },
  )
  return Object.fromEntries(figures.map((name) => [name, Number(row?.[name] ?? 0)])) as Figures
}

/** Minutes, one decimal; 0 where there is nothing to average. */
export function meanMinutes(ms: number, count: number): number {
  return count === 0 ? 0 : oneDecimal(ms / count / 60_000)
}

/** DESIGN.md section 9: percent, one decimal; 0 when both are 0, 100 when only the one before is. */
export function trend(now: number, before: number): number {
  if (before === 0) return now === 0 ? 0 : 100
  return oneDecimal(((now - before) / before) * 100)
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}
