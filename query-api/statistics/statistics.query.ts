import type { ConversationStats, MessageStats } from '../../schemas/statistics.ts'
import type { Reader } from '../reader.ts'
import { meanMinutes, trend } from './rates.ts'
import { snapshot } from './snapshot.ts'
import { type SumRow, sumsSql } from './sums.ts'
import { timeZoneOf } from './time-zone.ts'
import { boundariesAt, sumsIn, type Window } from './windows.ts'

const conversationMeasures = ['opened', 'resolved', 'durationMs'] as const
const messageMeasures = [
  'visitorMessages',
  'agentMessages',
  'aiMessages',
  'botMessages',
  'systemMessages',
  'replies',
  'replyMs',
] as const

export async function conversationStats(reader: Reader, workspaceId: string, now: Date): Promise<ConversationStats> {
  const boundaries = boundariesAt(now, await timeZoneOf(reader, workspaceId))
  const { sums, totals } = await snapshot<{
    sums: SumRow<(typeof conversationMeasures)[number]>
    totals: { conversations: number; active: number }
  }>(reader, workspaceId, {
    sums: sumsSql({ dimension: '', boundaries, measures: conversationMeasures }),
    totals: 'select conversations, active from read.statistics_totals where workspace_id = :workspaceId',
  })
  const opened = sumsIn(sums, 'opened')
  return {
    totalConversations: totals[0]?.conversations ?? 0,
    activeConversations: totals[0]?.active ?? 0,
    todayConversations: opened.today,
    avgConversationDuration: meanMinutes(sumsIn(sums, 'durationMs').now, sumsIn(sums, 'resolved').now),
    conversationTrend: trend(opened.now, opened.before),
  }
}

export async function messageStats(reader: Reader, workspaceId: string, now: Date): Promise<MessageStats> {
  const boundaries = boundariesAt(now, await timeZoneOf(reader, workspaceId))
  const { sums, totals } = await snapshot<{
    sums: SumRow<(typeof messageMeasures)[number]>
    totals: { messages: number }
  }>(reader, workspaceId, {
    sums: sumsSql({ dimension: '', boundaries, measures: messageMeasures }),
    totals: 'select messages from read.statistics_totals where workspace_id = :workspaceId',
  })
  const bySender = messageMeasures.slice(0, 5).map((measure) => sumsIn(sums, measure))
  const sent = (window: Window) => bySender.reduce((sum, one) => sum + one[window], 0)
  return {
    totalMessages: totals[0]?.messages ?? 0,
    todayMessages: sent('today'),
    avgResponseTime: meanMinutes(sumsIn(sums, 'replyMs').now, sumsIn(sums, 'replies').now),
    messageTrend: trend(sent('now'), sent('before')),
  }
}
