import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { AutomationOccasionCommand } from '../../schemas/automation/occasion.ts'
import { automationRoutes as routes } from '../../schemas/automation/routes.ts'
import { streamOf } from '../../schemas/streams.ts'
import { automationOccasion, type OccasionState } from '../domain/automation/occasion.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf } from './asking.ts'

/** What flow-engine tells of what set automations off: recorded once, whoever tells it and how often. */
export function automationOccasionBindings({ handle }: { handle: Handle }): Binding[] {
  const record = async (
    request: AnyRequest & { params: { id: string } },
    action: string,
    command: (at: string) => AutomationOccasionCommand,
  ): Promise<Handled<OccasionState>> => {
    const { caller, params } = request
    const workspaceId = ownWorkspace(caller)
    const asking = askingOf(request, streamOf('automationOccasion', params.id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    return handle(automationOccasion, params.id, command(asking.at), context)
  }

  return [
    bind(routes.judge, async (request) => {
      const { params, body } = request
      const { state, events, position } = await record(request, 'judge', () => {
        return { type: 'JudgeAutomations', occasionId: params.id, ...body }
      })
      return { status: 200, body: { judged: events.length > 0, runs: runsOf(state) }, position }
    }),

    bind(routes.finish, async (request) => {
      const { params, body } = request
      const { position } = await record(request, 'finish', (finishedAt) => {
        return { type: 'CarryAutomationOut', runId: params.runId, finishedAt, ...body }
      })
      return { status: 204, position }
    }),
  ]
}

function runsOf(state: OccasionState) {
  if (state.status === 'none') throw new Error('The occasion just recorded is not there')
  return [...state.runs].map(([runId, { automationId, state }]) => ({ runId, automationId, state }))
}
