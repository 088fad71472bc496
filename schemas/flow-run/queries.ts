import Type, { type Static } from 'typebox'
import { exactly, Id, nullable, pageOf, shownAs, Time } from '../fields.ts'
import { edgeTriggers, nodeTypes } from '../flow/graph.ts'
import { pageQuery, route } from '../route.ts'
import { runOutcomes, runStarters } from './outcomes.ts'

const tag = 'Chat flows'
const byId = exactly({ id: Id })
const read = { service: 'query-api', method: 'GET', access: 'agent', scope: 'read', tag } as const
const internal = { service: 'query-api', method: 'GET', access: 'system', tag: 'Internal' } as const

const atNode = { examples: ['node-1'] }
const byEdge = { examples: ['edge-1'] }
const byClick = { examples: ['button_click'] }
const status = Type.Enum(['active', 'ended'])

/** A run of a flow, in the snake case of document E. */
export const Run = exactly({
  id: Id,
  flow: Id,
  version: Type.Integer({ description: 'of the flow, to which it is pinned' }),
  conversation: Id,
  contact: Id,
  status: shownAs(status, 'ended'),
  outcome: nullable(Type.Enum(runOutcomes)),
  why: nullable(Type.String({ description: 'a short code', examples: ['end'] })),
  started_by: Type.Enum(runStarters),
  starter: nullable(
    Type.String({
      description: 'agent, API key, automation or message that started it',
      examples: ['5f0c6a52-8a3b-4c5e-9d21-7b6f2f1a9c01'],
    }),
  ),
  step: Type.Integer({ description: 'nodes entered so far' }),
  node: nullable(Type.String({ description: 'where it is, or where it ended', ...atNode })),
  waiting_for: shownAs(nullable(Type.Enum(['reply', 'time'])), null),
  until: shownAs(nullable(Time), null),
  misses: Type.Integer({ description: 'replies that matched nothing', examples: [0] }),
  started_at: Time,
  ended_at: nullable(Time),
  updated_at: Time,
})
export type Run = Static<typeof Run>

/** A node that a run has entered; nodes come again where it asks again. */
export const RunStep = exactly({
  step: Type.Integer({ minimum: 1 }),
  node: Type.String(atNode),
  type: Type.Enum(nodeTypes),
  again: Type.Boolean({ examples: [false] }),
  entered_at: Time,
  left_at: nullable(Time),
  edge: nullable(Type.String({ description: 'by which it was left', ...byEdge })),
  trigger: nullable(Type.String({ description: edgeTriggers.join(', '), ...byClick })),
  result: nullable(
    Type.String({
      description: 'sent, condition, done, refused, webhook, waited; null: it was never told of',
      examples: ['sent'],
    }),
  ),
  why: shownAs(nullable(Type.String({ description: 'why it was refused' })), null),
})
export const RunWithSteps = exactly({ ...Run.properties, steps: Type.Array(RunStep) })

const count = Type.Integer({ minimum: 0 })
const runCounts = {
  started: count,
  completed: count,
  timed_out: count,
  handed_over: count,
  failed: count,
  taken_over: count,
  stopped: count,
}

export const FlowAnalytics = exactly({
  flow: nullable(Id),
  version: nullable(Type.Integer()),
  days: Type.Integer(),
  runs: exactly(runCounts, { description: 'by the day on which they started or ended' }),
  versions: Type.Array(
    exactly({ flow: Id, name: Type.String({ examples: ['Welcome Flow'] }), version: Type.Integer(), ...runCounts }),
    {
      description: 'the same for each version, the latest first; at most 100',
    },
  ),
  nodes: Type.Array(
    exactly({
      node: Type.String(atNode),
      entered: Type.Integer({ minimum: 0, description: 'how often; asking again is no other entry' }),
      left: count,
      missed: Type.Integer({ minimum: 0, description: 'replies that matched nothing' }),
      dropped: Type.Integer({ minimum: 0, description: 'runs that ended there without leaving it' }),
      drop_off: nullable(Type.Number({ description: 'dropped / entered × 100, one decimal' })),
      median_seconds: nullable(Type.Number({ description: 'from entering to leaving, to 1 %' })),
      edges: Type.Array(
        exactly(
          { edge: nullable(Type.String(byEdge)), trigger: nullable(Type.String(byClick)), count },
          {
            description: 'by what it was left; an edge of null ends the flow',
          },
        ),
      ),
    }),
    { description: 'of the flow that is asked for; without one, none' },
  ),
})
export type FlowAnalytics = Static<typeof FlowAnalytics>

/** Runs under way, for the engine that arms them again. */
export const ActiveRuns = exactly({
  data: Type.Array(
    exactly({
      id: Id,
      workspaceId: Id,
      flowId: Id,
      conversationId: Id,
      step: Type.Integer({ minimum: 0 }),
      waitingFor: nullable(Type.Enum(['reply', 'time'])),
      until: nullable(Time),
      updatedAt: Time,
    }),
  ),
})

/** Reads of runs of chat flows (document E). */
export const flowRunQueries = {
  list: route({
    ...read,
    path: '/chat-flow/runs/',
    summary: 'List runs of flows, the newest first',
    query: exactly({
      flow: Type.Optional(Id),
      conversation: Type.Optional(Id),
      status: Type.Optional(status),
      ...pageQuery(20),
    }),
    answers: { 200: { description: 'a page of them', schema: pageOf(Run) } },
    rejections: ['projection-behind'],
  }),
  get: route({
    ...read,
    path: '/chat-flow/runs/{id}/',
    summary: 'Get a run with its steps',
    params: byId,
    answers: { 200: { description: 'the run', schema: RunWithSteps } },
    rejections: ['not-found', 'projection-behind'],
  }),
  analytics: route({
    ...read,
    path: '/chat-flow/analytics/',
    summary: 'What came of flows',
    description:
      'Runs by outcome; of one flow also, for each node, how many entered and left it, by which edge, and how long they took. Days are those of UTC, the last one is today.',
    query: exactly({
      flow: Type.Optional(Id),
      version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'of the flow' })),
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, default: 30 })),
    }),
    answers: { 200: { description: 'the figures', schema: FlowAnalytics } },
    rejections: ['not-found', 'projection-behind'],
  }),
  active: route({
    ...internal,
    path: '/internal/flow-runs/active',
    summary: 'Runs under way in all workspaces, by id',
    query: exactly({
      after: Type.Optional(Id),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 500 })),
    }),
    answers: { 200: { description: 'the next of them', schema: ActiveRuns } },
    rejections: ['projection-behind'],
  }),
}
