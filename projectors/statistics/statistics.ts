import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { add, type Change, type Op, type Projection, part } from '../projection.ts'
import { table } from '../table.ts'
import { foldSession, type Measure, measures, quarterOf, type SessionRow } from './fold.ts'

const sessions = table<SessionRow>({
  name: 'sessions',
  columns: {
    conversationId: 'uuid',
    workspaceId: 'uuid',
    sessionId: 'uuid',
    status: 'text',
    startedBy: 'text',
    openedAt: 'timestamptz',
    closedAt: 'timestamptz?',
    waitingSince: 'timestamptz?',
    firstAskedAt: 'timestamptz?',
    responded: 'boolean',
  },
  key: ['conversationId'],
})

type QuarterRow = { readonly workspaceId: string; readonly quarter: string } & { readonly [M in Measure]: number }

/** Sums by quarter of an hour, UTC: any window between midnights of any time zone is a sum of whole rows. */
const quarters = table<QuarterRow>({
  name: 'statistics_quarters',
  columns: {
    workspaceId: 'uuid',
    quarter: 'timestamptz',
    opened: 'bigint',
    resolved: 'bigint',
    durationMs: 'bigint',
    messages: 'bigint',
    visitorMessages: 'bigint',
    agentMessages: 'bigint',
    aiMessages: 'bigint',
    botMessages: 'bigint',
    systemMessages: 'bigint',
    replies: 'bigint',
    replyMs: 'bigint',
    firstResponses: 'bigint',
    firstResponseMs: 'bigint',
  },
  key: ['workspaceId', 'quarter'],
  sums: [...measures],
})

type TotalRow = {
  readonly workspaceId: string
  readonly conversations: number
  readonly sessions: number
  readonly active: number
  readonly messages: number
}

const totals = table<TotalRow>({
  name: 'statistics_totals',
  columns: { workspaceId: 'uuid', conversations: 'bigint', sessions: 'bigint', active: 'bigint', messages: 'bigint' },
  key: ['workspaceId'],
  sums: ['conversations', 'sessions', 'active', 'messages'],
})

const nothing = Object.fromEntries(measures.map((measure) => [measure, 0])) as Record<Measure, number>

const change = (before: SessionRow | undefined, event: RecordedEach<ConversationEvent>): Change<SessionRow> => {
  const { row, increments } = foldSession(before, event)
  const { workspaceId } = row
  const ops = increments.map(({ at, by }) => add(quarters, { workspaceId, quarter: quarterOf(at), ...nothing, ...by }))
  return { row, ops: [...ops, ...totalOps(before, row, event.type)] }
}

function totalOps(before: SessionRow | undefined, after: SessionRow, type: ConversationEvent['type']): Op[] {
  const total: TotalRow = {
    workspaceId: after.workspaceId,
    conversations: before === undefined ? 1 : 0,
    sessions: before?.sessionId === after.sessionId ? 0 : 1,
    active: activeOf(after) - activeOf(before),
    messages: type === 'MessageSent' ? 1 : 0,
  }
  const changed = total.conversations + total.sessions + total.messages !== 0 || total.active !== 0
  return changed ? [add(totals, total)] : []
}

const activeOf = (row: SessionRow | undefined) => (row === undefined || row.status === 'closed' ? 0 : 1)

/** The admin's figures (DESIGN.md section 9). */
export const statistics: Projection = {
  name: 'statistics',
  version: 1,
  tables: [sessions, quarters, totals],
  parts: [
    part<SessionRow>({
      noun: 'conversation',
      state: sessions,
      changes: {
        ConversationStarted: change,
        ConversationReopened: change,
        ConversationParked: change,
        ConversationResumed: change,
        ConversationClosed: change,
        MessageSent: change,
      },
    }),
  ],
}
