import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../../schemas/envelope.ts'
import type { RunOutcome } from '../../../schemas/flow-run/outcomes.ts'

/** What has happened in a conversation since a run of a flow began there, as far as the run has to know it. */
export interface Scene {
  /** Of the last event that was looked at; -1: none yet. */
  revision: number
  begun: boolean
  /** The conversation was told that the run is over. */
  closed: boolean
  /** Somebody has taken the conversation out of the flow's hands: how the run is to end. */
  over: { outcome: RunOutcome; why: string } | null
  /** Messages of the visitor, in their order; their words stay in the log. */
  heard: readonly Heard[]
  /** Messages that steps of the run have sent, by the event that caused them: one that is there is not sent again. */
  sent: ReadonlyMap<string, { messageId: string; revision: number }>
}

export interface Heard {
  eventId: string
  messageId: string
  revision: number
  /** ISO 8601 UTC. */
  at: string
}

export const unseen: Scene = { revision: -1, begun: false, closed: false, over: null, heard: [], sent: new Map() }

type Happening = RecordedEach<ConversationEvent>

/** The scene after an event of the conversation's stream. What was before the run is none of its business. */
export function see(scene: Scene, event: Happening, run: { runId: string; flowId: string }): Scene {
  const seen = { ...scene, revision: event.revision }
  if (event.type === 'ConversationFlowStarted' && event.data.runId === run.runId) return { ...seen, begun: true }
  if (!seen.begun || seen.closed) return seen
  const { meta } = event
  const isOwn = meta.actor.kind === 'bot' && meta.actor.id === run.flowId
  switch (event.type) {
    case 'ConversationFlowEnded':
      return event.data.runId === run.runId ? { ...seen, closed: true } : seen
    case 'MessageSent': {
      const { messageId, senderType, occurredAt } = event.data
      // What is imported happened elsewhere, and before.
      if (occurredAt !== undefined) return seen
      if (senderType === 'agent') return ends(seen, 'taken_over', 'agent')
      if (senderType === 'visitor') {
        const { id: eventId, revision } = event
        return { ...seen, heard: [...seen.heard, { eventId, messageId, revision, at: meta.at }] }
      }
      if (!isOwn) return seen
      return { ...seen, sent: new Map(seen.sent).set(meta.$causationId, { messageId, revision: event.revision }) }
    }
    case 'ConversationAssigned':
      return isOwn ? seen : ends(seen, 'taken_over', 'agent')
    case 'ConversationClosed':
      return isOwn ? seen : ends(seen, 'stopped', 'closed')
    case 'ConversationErased':
      return ends(seen, 'stopped', 'erased')
    default:
      return seen
  }
}

/** The first thing that ends it counts. */
function ends(scene: Scene, outcome: RunOutcome, why: string): Scene {
  return { ...scene, over: scene.over ?? { outcome, why } }
}

/** The visitor's first message after the question; what was said before it is no answer to it. */
export function firstAfter({ heard }: Scene, revision: number): Heard | undefined {
  return heard.find((message) => message.revision > revision)
}
