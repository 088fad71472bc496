import { type FlowDraft, type FlowEvent, flowEvents } from '../../../schemas/flow/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

export type FlowCommand =
  | { type: 'CreateFlow'; flowId: string; draft: FlowDraft; active: boolean }
  | {
      type: 'ReviseFlow'
      /** What changes of the draft, whatever that is by then; throws a Rejection where it may not. Pure. */
      revise: (draft: FlowDraft) => Partial<FlowDraft>
      /** Whether it starts runs from then on; undefined leaves that as it is. */
      active: boolean | undefined
    }
  | { type: 'DeleteFlow' }

/** A draft with its graph as JSON text: there may be many versions, of up to a megabyte each. */
export type StoredDraft = Omit<FlowDraft, 'flowData'> & { flowData: string }

export interface Version {
  version: number
  draft: StoredDraft
  activatedAt: string
}

/** A flow that there is, or was: runs of a deleted one finish on their versions. */
export interface KnownFlow {
  status: 'there' | 'deleted'
  id: string
  workspaceId: string
  draft: StoredDraft
  /** Whether it starts runs, of its latest version. */
  active: boolean
  /** Revisions of the stream at which the versions from 1 on were made; none of them ever changes. */
  activations: readonly number[]
  /** By number, the latest and as many before it as there is room for: of the others, the log has the drafts. */
  versions: ReadonlyMap<number, Version>
  createdAt: string
  updatedAt: string
  done: Map<string, Done>
}
export type FlowState = { status: 'none' } | KnownFlow

/** Characters of graphs of versions that a state keeps. */
const mostKept = 2_000_000

/** Chat flows (document E): a draft that is edited, and the versions that it has become. */
export const flow: Decider<FlowState, FlowCommand, FlowEvent> = {
  noun: 'flow',
  initial: { status: 'none' },
  types: flowEvents,
  decide(state, command) {
    if (command.type === 'CreateFlow') {
      if (state.status !== 'none') throw new Rejection('already-exists', 'There is a flow with this id.')
      const { flowId, draft, active } = command
      const created: FlowEvent = { type: 'FlowCreated', data: { flowId, ...draft } }
      return active ? [created, { type: 'FlowActivated', data: { flowId, version: 1 } }] : [created]
    }
    if (state.status !== 'there') throw new Rejection('not-found', 'There is no such flow.')
    if (command.type === 'DeleteFlow') return [{ type: 'FlowDeleted', data: { flowId: state.id } }]
    const draft = draftOf(state.draft)
    const changes = changesOf(draft, command.revise(draft))
    const updated: FlowEvent[] =
      changes === undefined ? [] : [{ type: 'FlowUpdated', data: { flowId: state.id, changes } }]
    return [...updated, ...switched(state, { ...draft, ...changes }, command.active)]
  },
  evolve(state, event, at) {
    if (event.type === 'FlowCreated') {
      const { flowId: id, ...draft } = event.data
      return {
        status: 'there',
        id,
        workspaceId: at.workspaceId,
        draft: storedOf(draft),
        active: false,
        activations: [],
        versions: new Map(),
        createdAt: at.at,
        updatedAt: at.at,
        done: remember(new Map(), at),
      }
    }
    if (state.status === 'none') return state
    const known = { ...state, updatedAt: at.at, done: remember(state.done, at) }
    switch (event.type) {
      case 'FlowUpdated': {
        const { flowData, ...changes } = event.data.changes
        const graph = flowData === undefined ? {} : { flowData: JSON.stringify(flowData) }
        return { ...known, draft: { ...state.draft, ...changes, ...graph } }
      }
      case 'FlowActivated': {
        const { version } = event.data
        if (version <= state.activations.length) return { ...known, active: true }
        const activated = { version, draft: state.draft, activatedAt: at.at }
        const activations = [...state.activations, at.revision]
        return { ...known, active: true, activations, versions: withRoom([...state.versions.values(), activated]) }
      }
      case 'FlowDeactivated':
        return { ...known, active: false }
      case 'FlowDeleted':
        return { ...known, status: 'deleted', active: false }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
  weight: (state) =>
    state.status === 'none' ? 0 : (lengthOf(state.versions.values()) + state.draft.flowData.length) / 1000,
}

export function draftOf(stored: StoredDraft): FlowDraft {
  return { ...stored, flowData: JSON.parse(stored.flowData) }
}

/** The version that new runs take, were it active; undefined before the first. */
export function latestOf({ activations, versions }: KnownFlow): Version | undefined {
  return versions.get(activations.length)
}

/** Whether the draft says something else than the latest version. */
export function hasUnpublishedChanges(state: KnownFlow): boolean {
  return !isPublished(state, draftOf(state.draft))
}

function switched(state: KnownFlow, draft: FlowDraft, active: boolean | undefined): FlowEvent[] {
  const { id: flowId } = state
  if (active === false) return state.active ? [{ type: 'FlowDeactivated', data: { flowId } }] : []
  if (active === undefined) return []
  const published = isPublished(state, draft)
  if (published && state.active) return []
  // A version that is activated again is the same one: nothing in it has changed.
  const version = published ? state.activations.length : state.activations.length + 1
  return [{ type: 'FlowActivated', data: { flowId, version } }]
}

function isPublished(state: KnownFlow, draft: FlowDraft): boolean {
  const latest = latestOf(state)
  return latest !== undefined && changesOf(draftOf(latest.draft), draft) === undefined
}

/** The latest in any case, and those before it as long as there is room for all that come after them. */
function withRoom(versions: readonly Version[]): ReadonlyMap<number, Version> {
  const first = versions.findIndex((_, index) => lengthOf(versions.slice(index)) <= mostKept)
  const kept = versions.slice(first === -1 ? -1 : first)
  return new Map(kept.map((version) => [version.version, version]))
}

function lengthOf(versions: Iterable<Version>): number {
  return [...versions].reduce((sum, { draft }) => sum + draft.flowData.length, 0)
}

function storedOf(draft: FlowDraft): StoredDraft {
  return { ...draft, flowData: JSON.stringify(draft.flowData) }
}
