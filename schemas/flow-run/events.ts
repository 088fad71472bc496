import Type, { type Static } from 'typebox'
import { type EventOf, event, personal } from '../define.ts'
import { Id, nullable, Time } from '../fields.ts'
import { nodeTypes } from '../flow/graph.ts'
import { runOutcomes, runStarters } from './outcomes.ts'

/** How far a run has come: steps count from 1, one for each node entered. */
const step = Type.Integer({ minimum: 1 })

/** What became of the effect of a node. No words of a person; what a webhook answered is kept sealed, as a variable. */
export const StepResult = Type.Union([
  /** A message was sent; `revision` is that of the conversation's stream. */
  Type.Object({ kind: Type.Literal('sent'), messageId: Id, revision: Type.Integer({ minimum: 0 }) }),
  Type.Object({ kind: Type.Literal('condition'), holds: Type.Boolean() }),
  Type.Object({ kind: Type.Literal('done') }),
  /** It could not be done, and trying again would not help: the fallback edge is taken, if there is one. */
  Type.Object({ kind: Type.Literal('refused'), why: Type.String({ maxLength: 500 }) }),
  Type.Object({ kind: Type.Literal('webhook'), status: Type.Integer() }),
  Type.Object({ kind: Type.Literal('waited') }),
])
export type StepResult = Static<typeof StepResult>

/** What may have happened to a run of a flow. Stream `flowRun-<runId>`; personal data is the contact's. */
export const flowRunEvents = {
  FlowRunStarted: event(
    Type.Object({
      runId: Id,
      flowId: Id,
      version: Type.Integer({ minimum: 1 }),
      conversationId: Id,
      sessionId: Id,
      contactId: Id,
      startedBy: Type.Enum(runStarters),
      starterId: nullable(Type.String({ description: 'agent, API key, automation or message that started it' })),
      /** How many automatic causes lie behind its effects (Envelope `depth`). */
      depth: Type.Integer({ minimum: 1 }),
    }),
  ),
  FlowNodeEntered: event(
    Type.Object({
      runId: Id,
      step,
      nodeId: Type.String(),
      nodeType: Type.Enum(nodeTypes),
      /** Asked again after a reply that matched nothing. */
      again: Type.Boolean(),
    }),
  ),
  /** The question is asked, and waits for a reply that stands after `asked` in the conversation's stream; or time has to pass. */
  FlowRunWaiting: event(
    Type.Object({
      runId: Id,
      step,
      nodeId: Type.String(),
      for: Type.Enum(['reply', 'time']),
      asked: nullable(Type.Integer({ minimum: 0 })),
      messageId: nullable(Id),
      until: Time,
    }),
  ),
  /** A reply that matched no edge. */
  FlowReplyMissed: event(
    Type.Object({ runId: Id, step, nodeId: Type.String(), messageId: Id, misses: Type.Integer() }),
  ),
  FlowVariableSet: event(Type.Object({ runId: Id, step, name: Type.String(), value: personal(Type.String()) })),
  /** A node is done, and was left by an edge; by none, the flow ends there. */
  FlowNodeLeft: event(
    Type.Object({
      runId: Id,
      step,
      nodeId: Type.String(),
      edgeId: nullable(Type.String()),
      trigger: nullable(Type.String()),
      result: StepResult,
      /** The reply that it was left by. */
      messageId: nullable(Id),
    }),
  ),
  FlowRunEnded: event(
    Type.Object({
      runId: Id,
      flowId: Id,
      version: Type.Integer({ minimum: 1 }),
      conversationId: Id,
      outcome: Type.Enum(runOutcomes),
      /** A short code: misses, too-many-steps, timeout, handover, closed, erased, agent, by-hand, missing-template… */
      why: Type.String({ maxLength: 100 }),
      steps: Type.Integer({ minimum: 0 }),
    }),
  ),
}
export type FlowRunEvent = EventOf<typeof flowRunEvents>
