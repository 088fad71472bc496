import fc from 'fast-check'
import { conversation } from '../../../command-api/domain/conversation/decide.ts'
import { uuid } from '../../../projectors/testing/history.ts'
import type { ParleyEvent } from '../../../schemas/catalog.ts'
import type { ConversationCommand, StartConversation } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import type { Recorded, RecordedEach } from '../../../schemas/envelope.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { widgetDefaults } from '../../../schemas/widget/events.ts'

type Event = RecordedEach<ConversationEvent>

export const workspaceId = uuid('figures workspace')
export const agents = [uuid('agent', 0), uuid('agent', 1), 'somebody of another system']
export const widgets = [uuid('widget', 0), uuid('widget', 1)]

/** A step of a conversation: what is asked, how long after the step before (clocks may go back), and where it was imported, when. */
export interface Step {
  ask: (n: number) => ConversationCommand
  afterMs: number
  importedMsBefore: number | undefined
}

export interface Story {
  start: Pick<StartConversation, 'channel' | 'widgetId' | 'channelId' | 'startedBy'>
  /** Ms since 1970. */
  beginning: number
  imported: boolean
  steps: readonly Step[]
}

const minute = 60_000
const day = 1440 * minute
const agentId = fc.constantFrom(...agents)
const tag = fc.constantFrom('vip', 'billing', '=1+1')

const sender = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ type: 'visitor' as const, id: 'visitor' }) },
  { weight: 4, arbitrary: agentId.map((id) => ({ type: 'agent' as const, id })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('ai' as const, 'bot' as const, 'system' as const).map((type) => ({ type, id: type })),
  },
)

const startFlow = {
  type: 'StartFlow',
  runId: uuid('run'),
  flowId: uuid('flow'),
  version: 1,
  startedBy: 'api',
  starterId: null,
  depth: 1,
  unlessAssigned: false,
} as const

const ask: fc.Arbitrary<Step['ask']> = fc.oneof(
  {
    weight: 10,
    arbitrary: sender.map((from) => (n: number) => ({
      type: 'SendMessage' as const,
      messageId: uuid('message', n),
      newSessionId: uuid('session', n),
      sender: from,
      contentType: 'text' as const,
      content: 'Hello',
    })),
  },
  { weight: 3, arbitrary: fc.constant(() => ({ type: 'CloseConversation' as const, tags: [] })) },
  { weight: 2, arbitrary: agentId.map((id) => () => ({ type: 'AssignConversation' as const, agentId: id })) },
  { weight: 1, arbitrary: fc.constant(() => ({ type: 'UnassignConversation' as const })) },
  { weight: 2, arbitrary: tag.map((one) => () => ({ type: 'TagConversation' as const, tag: one })) },
  { weight: 1, arbitrary: tag.map((one) => () => ({ type: 'UntagConversation' as const, tag: one })) },
  { weight: 1, arbitrary: fc.constant(() => ({ type: 'ParkConversation' as const })) },
  {
    weight: 1,
    arbitrary: fc.constant((n: number) => ({ type: 'ResumeConversation' as const, newSessionId: uuid('session', n) })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 5 }).map((score) => () => ({ type: 'RateConversation' as const, score })),
  },
  { weight: 1, arbitrary: fc.constant(() => ({ type: 'EraseConversation' as const })) },
  { weight: 1, arbitrary: fc.constant(() => startFlow) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('handed_over' as const, 'timed_out' as const, 'completed' as const)
      .map((outcome) => () => ({ type: 'EndFlow' as const, runId: startFlow.runId, outcome })),
  },
)

const gap = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 * minute }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 * day }) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * 60 * minute, max: 0 }) },
)

const start = fc
  .record({
    place: fc.constantFrom(
      { channel: 'widget' as const, widgetId: widgets[0] ?? null, channelId: null },
      { channel: 'widget' as const, widgetId: widgets[1] ?? null, channelId: null },
      { channel: 'whatsapp' as const, widgetId: null, channelId: uuid('channel', 0) },
      { channel: 'api' as const, widgetId: null, channelId: null },
    ),
    startedBy: fc.constantFrom('visitor' as const, 'visitor' as const, 'agent' as const),
  })
  .map(({ place, startedBy }) => ({ ...place, startedBy }))

/**
 * Conversations that begin near one of the instants, within half a day of where a window of some days begins or ends, or anywhere in
 * the 70 days before `now` and the day after.
 */
export function stories(now: number, days: number, instants: readonly number[]): fc.Arbitrary<Story[]> {
  const midnight = Math.floor(now / day) * day
  const near = fc
    .tuple(fc.constantFrom(...instants), fc.integer({ min: -20 * minute, max: 20 * minute }))
    .map(([instant, jitter]) => instant + jitter)
  const edge = fc
    .tuple(fc.constantFrom(midnight - (days - 1) * day, midnight + day), fc.integer({ min: -day / 2, max: day / 2 }))
    .map(([instant, offset]) => instant + offset)
  const beginning = fc.oneof(near, edge, fc.integer({ min: now - 70 * day, max: now + day }))
  const step = fc.record({
    ask,
    afterMs: gap,
    importedMsBefore: fc.option(fc.integer({ min: -day, max: 10 * day }), { nil: undefined, freq: 8 }),
  })
  const story = fc.record({
    start,
    beginning,
    imported: fc.boolean(),
    steps: fc.array(step, { maxLength: 24, size: 'max' }),
  })
  return fc.array(story, { minLength: 1, maxLength: 10, size: 'max' })
}

/** What the domain makes of a story: steps that it refuses are left out. */
function eventsOf({ start: place, beginning, imported, steps }: Story, index: number): Event[] {
  const conversationId = uuid('conversation', index)
  const events: Event[] = []
  let state = conversation.initial
  let now = beginning
  const take = (command: ConversationCommand) => {
    for (const event of decided(state, command)) {
      const revision = events.length
      const at = new Date(now).toISOString()
      const id = uuid(conversationId, revision)
      events.push(recorded({ id, stream: `conversation-${conversationId}`, revision, at }, event))
      const actor = { kind: 'system', id: 'test' }
      state = conversation.evolve(state, event, { id, revision, at, workspaceId, actor, commandId: id })
    }
  }
  take({
    type: 'StartConversation',
    conversationId,
    sessionId: uuid('session', index, 0),
    contactId: uuid('contact', index),
    visitorId: 'visitor',
    metadata: {},
    ...place,
    ...(imported ? { occurredAt: new Date(beginning - day).toISOString() } : {}),
  })
  for (const [n, { ask: make, afterMs, importedMsBefore }] of steps.entries()) {
    now += afterMs
    const command = make(index * 1000 + n + 1)
    const dated = command.type === 'SendMessage' || command.type === 'CloseConversation'
    const occurredAt = importedMsBefore === undefined ? undefined : new Date(now - importedMsBefore).toISOString()
    take(dated && imported && occurredAt !== undefined ? { ...command, occurredAt } : command)
  }
  return events
}

function decided(state: typeof conversation.initial, command: ConversationCommand): ConversationEvent[] {
  try {
    return conversation.decide(state, command)
  } catch (error) {
    if (error instanceof Rejection) return []
    throw error
  }
}

/** The workspace and its widgets. */
export function workspaceEvents(): Recorded[] {
  const at = '2015-01-01T00:00:00.000Z'
  const place = { revision: 0, at }
  const { allowedOrigins: _, flowId: __, businessHours: ___, active: ____, ...settings } = widgetDefaults
  return [
    recorded(
      { ...place, id: uuid('made'), stream: `workspace-${workspaceId}` },
      { type: 'WorkspaceCreated', data: { workspaceId, name: 'Figures', timeZone: 'UTC' } },
    ),
    ...widgets.map((widgetId, n) =>
      recorded(
        { ...place, id: uuid('made', n), stream: `widget-${widgetId}` },
        { type: 'WidgetCreated', data: { widgetId, name: `Widget ${n}`, ...settings } },
      ),
    ),
  ]
}

interface Placed {
  id: string
  stream: string
  revision: number
  at: string
}

function recorded<E extends ParleyEvent>(
  { id, stream, revision, at }: Placed,
  event: E,
): E & Omit<Recorded, 'type' | 'data'> {
  const meta = {
    v: 1,
    workspaceId,
    actor: { kind: 'system' as const, id: 'test' },
    commandId: id,
    $correlationId: 'test',
    $causationId: 'test',
    at,
    prev: '',
    hash: '',
  }
  const position = { commit: 0n, prepare: 0n }
  return { ...event, id, stream, revision, position, meta }
}

/** One log of several conversations, each in its own order. */
export function interleaved(stories: readonly Story[], chance: fc.Stream<number>): Event[] {
  const waiting = stories.map(eventsOf)
  const log: Event[] = []
  for (;;) {
    const open = waiting.filter((events) => events.length > 0)
    const next = open[(chance.next().value ?? 0) % open.length]?.shift()
    if (next === undefined) return log
    const place = BigInt(log.length)
    log.push({ ...next, position: { commit: place, prepare: place } })
  }
}
