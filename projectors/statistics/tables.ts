import { blockSize } from '../../schemas/duration-scale.ts'
import { type Table, table } from '../table.ts'
import { dayOf, type Measure, type SessionRow } from './fold.ts'

export const sessions = table<SessionRow>({
  name: 'sessions',
  columns: {
    conversationId: 'uuid',
    workspaceId: 'uuid',
    channel: 'text',
    sourceId: 'text',
    sessionId: 'uuid',
    status: 'text',
    startedBy: 'text',
    openedAt: 'timestamptz',
    closedAt: 'timestamptz?',
    waitingSince: 'timestamptz?',
    firstAskedAt: 'timestamptz?',
    responded: 'boolean',
    autoResponded: 'boolean',
    assignedAgentId: 'text?',
    tags: 'text[]',
  },
  key: ['conversationId'],
})

/**
 * Whose sums they are. Empty: the workspace's. `source`: of a channel type and a widget or channel, `widget/<id>`. `agent`: by id.
 * `channel` and `tag`: by name.
 */
export type Dimension = '' | 'channel' | 'source' | 'agent' | 'tag'

type Sums = { readonly [M in Measure]: number }
type Scope = { readonly workspaceId: string; readonly dimension: Dimension; readonly key: string }

const sums = {
  opened: 'integer',
  resolved: 'integer',
  durationMs: 'bigint',
  visitorMessages: 'integer',
  agentMessages: 'integer',
  aiMessages: 'integer',
  botMessages: 'integer',
  systemMessages: 'integer',
  replies: 'integer',
  replyMs: 'bigint',
  firstResponses: 'integer',
  firstResponseMs: 'bigint',
  automaticResponses: 'integer',
  automaticResponseMs: 'bigint',
  rated1: 'integer',
  rated2: 'integer',
  rated3: 'integer',
  rated4: 'integer',
  rated5: 'integer',
} as const satisfies Record<Measure, string>
const names = Object.keys(sums) as Measure[]

type DayRow = Scope & { readonly day: number } & Sums

/** Sums by day, UTC: what a long window is made of, but for its edges. */
export const days = table<DayRow>({
  name: 'statistics_days',
  columns: { workspaceId: 'uuid', dimension: 'text', day: 'integer', key: 'text', ...sums },
  key: ['workspaceId', 'dimension', 'day', 'key'],
  sums: names,
})

type TotalRow = {
  readonly workspaceId: string
  readonly conversations: number
  readonly sessions: number
  /** Sessions that are not resolved. */
  readonly active: number
  readonly messages: number
}

export const totals = table<TotalRow>({
  name: 'statistics_totals',
  columns: { workspaceId: 'uuid', conversations: 'bigint', sessions: 'bigint', active: 'bigint', messages: 'bigint' },
  key: ['workspaceId'],
  sums: ['conversations', 'sessions', 'active', 'messages'],
})

type QuarterRow = Scope & { readonly quarter: number } & Sums

/** Sums by quarter of an hour, UTC: any window between midnights of any time zone is a sum of whole rows. */
export const quarters: Table<QuarterRow> = table<QuarterRow>({
  name: 'statistics_quarters',
  columns: { workspaceId: 'uuid', dimension: 'text', quarter: 'integer', key: 'text', ...sums },
  key: ['workspaceId', 'dimension', 'quarter', 'key'],
  sums: names,
  feeds(row) {
    const { quarter, ...others } = row
    const day = { table: days, row: { ...others, day: dayOf(quarter) } }
    if (row.dimension === 'source') {
      const [channel = ''] = row.key.split('/')
      return [day, { table: quarters, row: { ...row, dimension: 'channel', key: channel } }]
    }
    if (row.dimension === 'channel') return [day, { table: quarters, row: { ...row, dimension: '', key: '' } }]
    return row.dimension === '' ? [day, { table: totals, row: totalOf(row) }] : [day]
  },
})

function totalOf({ workspaceId, ...sums }: QuarterRow): TotalRow {
  const { opened = 0, resolved = 0, visitorMessages = 0, agentMessages = 0 } = sums
  const { aiMessages = 0, botMessages = 0, systemMessages = 0 } = sums
  const messages = visitorMessages + agentMessages + aiMessages + botMessages + systemMessages
  return { workspaceId, conversations: 0, sessions: opened, active: opened - resolved, messages }
}

type Counts = { readonly [N in `n${number}`]: number }
const counts = Array.from({ length: blockSize }, (_, n) => `n${n}` as const)

type HistogramRow = {
  readonly workspaceId: string
  readonly figure: Timed
  readonly day: number
  readonly block: number
} & Counts

/** Durations that percentiles are asked of. */
export type Timed = 'firstResponse' | 'resolved'

/** How many durations of a day, UTC, are of each class (schemas/duration-scale.ts); column n<i> counts class block × 32 + i. */
export const histograms = table<HistogramRow>({
  name: 'statistics_histograms',
  columns: {
    workspaceId: 'uuid',
    figure: 'text',
    day: 'integer',
    block: 'integer',
    ...Object.fromEntries(counts.map((name) => [name, 'integer' as const])),
  },
  key: ['workspaceId', 'figure', 'day', 'block'],
  sums: counts,
})

type SampleRow = {
  readonly workspaceId: string
  readonly figure: Figure
  readonly at: string
  readonly eventId: string
  readonly conversationId: string
  readonly sessionId: string
  readonly agentId: string | null
  readonly channel: string
  /** Milliseconds or a score; null where the event just counts. */
  readonly value: number | null
}

export type Figure = 'started' | 'resolved' | 'firstResponse' | 'rating'

/** What the figures rest on, event by event. Messages are too many for that: see `talk`. */
export const samples = table<SampleRow>({
  name: 'statistics_samples',
  columns: {
    workspaceId: 'uuid',
    figure: 'text',
    at: 'timestamptz',
    eventId: 'uuid',
    conversationId: 'uuid',
    sessionId: 'uuid',
    agentId: 'text?',
    channel: 'text',
    value: 'bigint?',
  },
  key: ['workspaceId', 'figure', 'at', 'eventId'],
})

type TalkRow = {
  readonly workspaceId: string
  readonly quarter: number
  readonly conversationId: string
  /** Empty for all who are no agents. */
  readonly agentId: string
  readonly channel: string
  readonly messages: number
}

/** In which conversations messages were sent, by quarter of an hour. */
export const talk = table<TalkRow>({
  name: 'statistics_talk',
  columns: {
    workspaceId: 'uuid',
    quarter: 'integer',
    conversationId: 'uuid',
    agentId: 'text',
    channel: 'text',
    messages: 'integer',
  },
  key: ['workspaceId', 'quarter', 'conversationId', 'agentId'],
  sums: ['messages'],
})

type SourceRow = {
  readonly workspaceId: string
  readonly sourceId: string
  readonly conversations: number
  readonly sessions: number
  readonly lastOpenedAt: string
}

/** What ever came through a widget or a channel. */
export const sources = table<SourceRow>({
  name: 'statistics_sources',
  columns: {
    workspaceId: 'uuid',
    sourceId: 'text',
    conversations: 'bigint',
    sessions: 'bigint',
    lastOpenedAt: 'timestamptz',
  },
  key: ['workspaceId', 'sourceId'],
  sums: ['conversations', 'sessions'],
  latest: ['lastOpenedAt'],
})
