import type { Happened } from '../../../schemas/define.ts'
import type { FlowRunEvent } from '../../../schemas/flow-run/events.ts'
import type { RunOutcome } from '../../../schemas/flow-run/outcomes.ts'

interface Facts {
  id: string
  workspaceId: string
  flowId: string
  /** To which it is pinned for life. */
  version: number
  conversationId: string
  sessionId: string
  contactId: string
  /** How many automatic causes lie behind what it does. */
  depth: number
  startedAt: string
  /** Nodes entered so far; the number of the present one. */
  step: number
  nodeId: string
  /** The event by which that was entered: the cause of its effect. */
  enteredId: string
  /** Replies in a row that matched nothing. */
  misses: number
  variables: Readonly<Record<string, string>>
  lastReply: { messageId: string } | null
  /** Of the last webhook that answered. */
  webhookStatus: number | null
  revision: number
}

/** What an active run is at. */
export type DoingNow =
  | { kind: 'effect' }
  | { kind: 'reply'; asked: number; messageId: string; until: string }
  | { kind: 'time'; until: string }

export type ActiveRun = Facts & { status: 'active'; doing: DoingNow }
export type EndedRun = Facts & { status: 'ended'; outcome: RunOutcome; why: string; endedAt: string }
export type BegunRun = ActiveRun | EndedRun
export type RunState = { status: 'none' } | BegunRun

export const unbegun: RunState = { status: 'none' }

/** The state after an event of the run's stream. Believes every event. */
export function evolve(state: RunState, event: FlowRunEvent, at: Happened): RunState {
  if (event.type === 'FlowRunStarted') return state.status === 'none' ? begun(event.data, at) : state
  if (state.status !== 'active') return state
  const known = { ...state, revision: at.revision }
  switch (event.type) {
    case 'FlowNodeEntered': {
      const { step, nodeId, again } = event.data
      const misses = again ? known.misses : 0
      return { ...known, step, nodeId, misses, enteredId: at.id, doing: { kind: 'effect' } }
    }
    case 'FlowRunWaiting': {
      const { asked, messageId, until } = event.data
      if (event.data.for === 'time' || asked === null || messageId === null) {
        return { ...known, doing: { kind: 'time', until } }
      }
      return { ...known, doing: { kind: 'reply', asked, messageId, until } }
    }
    case 'FlowReplyMissed':
      return { ...known, misses: event.data.misses, lastReply: { messageId: event.data.messageId } }
    case 'FlowVariableSet':
      return { ...known, variables: { ...known.variables, [event.data.name]: event.data.value } }
    case 'FlowNodeLeft': {
      const { result, messageId } = event.data
      const webhookStatus = result.kind === 'webhook' ? result.status : known.webhookStatus
      return { ...known, webhookStatus, lastReply: messageId === null ? known.lastReply : { messageId } }
    }
    case 'FlowRunEnded': {
      const { doing: _, ...facts } = known
      const { outcome, why } = event.data
      return { ...facts, status: 'ended', outcome, why, endedAt: at.at }
    }
    default:
      event satisfies never
      return state
  }
}

type StartedData = Extract<FlowRunEvent, { type: 'FlowRunStarted' }>['data']

function begun(data: StartedData, at: Happened): ActiveRun {
  const { runId: id, flowId, version, conversationId, sessionId, contactId, depth } = data
  return {
    ...{
      status: 'active',
      id,
      workspaceId: at.workspaceId,
      flowId,
      version,
      conversationId,
      sessionId,
      contactId,
      depth,
    },
    startedAt: at.at,
    step: 0,
    nodeId: '',
    enteredId: at.id,
    misses: 0,
    variables: {},
    lastReply: null,
    webhookStatus: null,
    revision: at.revision,
    doing: { kind: 'effect' },
  }
}
