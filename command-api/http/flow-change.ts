import type { AddressRule } from '../../infra/runtime/http/outbound-address.ts'
import type { FlowDraft } from '../../schemas/flow/events.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { draftOf, type FlowCommand, type FlowState, flow } from '../domain/flow/flow.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf } from './asking.ts'
import { refuseBadGraph, refuseStrangers } from './flow-check.ts'

export type FlowRequest = AnyRequest & { ifMatch?: number }

export interface Revision {
  revise: (draft: FlowDraft) => Partial<FlowDraft>
  active: boolean | undefined
}

/** Changes flows of the caller's workspace, and refuses what could not run: the one way, whichever view the change comes by. */
export interface FlowChanges {
  /** Throws Rejection('not-found') for a flow of another workspace. */
  revise(request: FlowRequest, flowId: string, action: string, revision: Revision): Promise<Handled<FlowState>>
  remove(request: FlowRequest, flowId: string): Promise<Handled<FlowState>>
}

export function createFlowChanges(handle: Handle, outbound: AddressRule): FlowChanges {
  const change = async (request: FlowRequest, flowId: string, action: string, command: FlowCommand) => {
    const { caller, ifMatch } = request
    const workspaceId = ownWorkspace(caller)
    const { state } = await handle.look(flow, flowId, recent)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw notFound()
    const asking = askingOf(request, streamOf('flow', flowId), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    return handle(flow, flowId, command, context, { ifMatch })
  }

  return {
    async revise(request, flowId, action, { revise, active }) {
      const workspaceId = ownWorkspace(request.caller)
      const { state } = await handle.look(flow, flowId, recent)
      if (state.status === 'there' && state.workspaceId === workspaceId) {
        const expected = prospect(draftOf(state.draft), revise)
        // What is named lies in other streams, so that it is looked at before; the graph is checked again on the draft as it is by then.
        if (expected !== undefined) await refuseStrangers(expected, { handle, workspaceId, outbound })
      }
      const checked = (draft: FlowDraft) => {
        const changes = revise(draft)
        refuseBadGraph({ ...draft, ...changes }, active === true)
        return changes
      }
      return change(request, flowId, action, { type: 'ReviseFlow', revise: checked, active })
    },
    remove: (request, flowId) => change(request, flowId, 'delete', { type: 'DeleteFlow' }),
  }
}

/** Undefined where the change is refused: unless it was made before, by this very command, it will be so again. */
function prospect(draft: FlowDraft, revise: Revision['revise']): FlowDraft | undefined {
  try {
    return { ...draft, ...revise(draft) }
  } catch (error) {
    if (error instanceof Rejection) return undefined
    throw error
  }
}

export function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such flow.')
}
