import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import type { AutomationRunCommand } from '../../schemas/automation/commands.ts'
import { automationRoutes as routes } from '../../schemas/automation/routes.ts'
import { streamOf } from '../../schemas/streams.ts'
import { automationRun } from '../domain/automation/automation-run.ts'
import type { Handle } from '../handle.ts'
import { ownWorkspace } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf } from './asking.ts'

/** What flow-engine tells of the runs of automations: recorded once, whoever tells it and how often. */
export function automationRunBindings({ handle }: { handle: Handle }): Binding[] {
  const record = async (
    request: AnyRequest & { params: { id: string } },
    command: (runId: string, at: string) => AutomationRunCommand,
  ): Promise<Reply> => {
    const { caller, params } = request
    const workspaceId = ownWorkspace(caller)
    const asking = askingOf(request, streamOf('automationRun', params.id), 'automation-run')
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    const { state, position } = await handle(automationRun, params.id, command(params.id, asking.at), context)
    if (state.status === 'none') throw new Error('The run just recorded is not there')
    return { status: 200, body: { status: state.status, actions: [...state.actions] }, position }
  }

  return [
    bind(routes.fire, (request) => record(request, (runId) => ({ type: 'FireAutomation', runId, ...request.body }))),
    bind(routes.skip, (request) => record(request, (runId) => ({ type: 'SkipAutomation', runId, ...request.body }))),
    bind(routes.finish, (request) =>
      record(request, (runId, finishedAt) => ({ type: 'FinishAutomation', runId, finishedAt, ...request.body })),
    ),
  ]
}
