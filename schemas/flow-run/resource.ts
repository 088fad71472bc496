import Type, { type Static } from 'typebox'
import { exactly, Id, nullable, shownAs, Time } from '../fields.ts'
import { StepResult } from './events.ts'
import { runOutcomes, runStarters } from './outcomes.ts'

/** What a run is at: an effect to be done, a reply or a time to come, or nothing more. */
export const Doing = Type.Union([
  Type.Object({ kind: Type.Literal('effect') }),
  Type.Object({ kind: Type.Literal('reply'), asked: Type.Integer(), messageId: Id, until: Time }),
  Type.Object({ kind: Type.Literal('time'), until: Time }),
  Type.Object({ kind: Type.Literal('nothing') }),
])
export type Doing = Static<typeof Doing>

/** A run as our own services see it, folded from its stream: all that the next step needs to know. */
export const InternalRun = Type.Object({
  id: Id,
  workspaceId: Id,
  flowId: Id,
  version: Type.Integer(),
  conversationId: Id,
  sessionId: Id,
  contactId: Id,
  depth: Type.Integer(),
  startedAt: Time,
  status: Type.Enum(['active', 'ended']),
  outcome: nullable(Type.Enum(runOutcomes)),
  why: nullable(Type.String()),
  endedAt: nullable(Time),
  step: Type.Integer(),
  nodeId: Type.String(),
  enteredId: Type.String({ description: 'the event by which the node was entered' }),
  misses: Type.Integer(),
  variables: Type.Record(Type.String(), Type.String(), { description: 'none once it has ended' }),
  lastReply: nullable(Type.Object({ messageId: Id })),
  webhookStatus: nullable(Type.Integer()),
  doing: Doing,
  revision: Type.Integer(),
})
export type InternalRun = Static<typeof InternalRun>

/** A run in the answer to starting or ending it, in the snake case of document E. */
export const StartedRun = Type.Object({
  id: Id,
  flow: Id,
  version: Type.Integer(),
  conversation: Id,
  status: Type.Enum(['active', 'ended']),
  outcome: shownAs(nullable(Type.Enum(runOutcomes)), null),
  why: shownAs(nullable(Type.String()), null),
  step: Type.Integer(),
  node: Type.String({ examples: ['node-1'] }),
  started_at: Time,
})

export const StartRunBody = exactly({ conversation_id: Id })

export const InternalStartBody = exactly({
  flowId: Id,
  startedBy: Type.Enum(runStarters),
  starterId: nullable(Type.String({ maxLength: 200 })),
  unlessAssigned: Type.Boolean({ description: 'refuse where an agent is assigned' }),
})

export const StepBody = exactly({
  step: Type.Integer({ minimum: 1 }),
  result: StepResult,
  variable: Type.Optional(exactly({ name: Type.String({ maxLength: 50 }), value: Type.String({ maxLength: 10_000 }) })),
})
export const ReplyBody = exactly({
  step: Type.Integer({ minimum: 1 }),
  messageId: Id,
  revision: Type.Integer({ minimum: 0 }),
  text: Type.String(),
  value: nullable(Type.String()),
})
export const TimeOutBody = exactly({ step: Type.Integer({ minimum: 1 }) })
export const EndBody = exactly({ outcome: Type.Enum(runOutcomes), why: Type.String({ maxLength: 100 }) })

export const SimulateBody = exactly({
  replies: Type.Array(Type.String({ minLength: 1, maxLength: 10_000 }), {
    maxItems: 100,
    examples: [['Track Order', 'A-1042']],
  }),
  version: Type.Optional(Type.Integer({ minimum: 1, description: 'absent: the draft' })),
  contact: Type.Optional(
    exactly({
      name: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
      email: Type.Optional(nullable(Type.String({ maxLength: 320 }))),
      phone: Type.Optional(nullable(Type.String({ maxLength: 40 }))),
      attributes: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { maxProperties: 100 })),
    }),
  ),
})

/** What a flow would say and do; nothing is stored or sent. */
export const Simulation = Type.Object({
  outcome: Type.Union([Type.Enum(runOutcomes), Type.Literal('waiting')], {
    description: 'waiting: the replies are used up while it waits for one',
  }),
  why: Type.String({ examples: ['end'] }),
  version: nullable(Type.Integer()),
  steps: Type.Integer({ examples: [2] }),
  misses: Type.Integer({ examples: [0] }),
  transcript: Type.Array(
    Type.Object({
      from: Type.Enum(['bot', 'visitor', 'flow']),
      node: nullable(Type.String()),
      text: Type.String(),
      buttons: Type.Optional(Type.Array(Type.String())),
    }),
    {
      description: 'flow: what it would do beside talking',
      examples: [
        [
          { from: 'bot', node: 'node-1', text: 'Hello Jane Doe!', buttons: ['Track Order'] },
          { from: 'visitor', node: null, text: 'Track Order' },
          { from: 'flow', node: 'node-2', text: 'tags the conversation order' },
        ],
      ],
    },
  ),
  path: Type.Array(
    Type.Object({ node: Type.String(), edge: nullable(Type.String()), trigger: nullable(Type.String()) }),
    {
      description: 'the nodes in their order; one that is left by no edge (null) is the last, where it ended or waits',
      examples: [
        [
          { node: 'node-1', edge: 'edge-1', trigger: 'button_click' },
          { node: 'node-2', edge: null, trigger: null },
        ],
      ],
    },
  ),
})
export type Simulation = Static<typeof Simulation>
