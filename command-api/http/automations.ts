import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import type { AutomationCommand } from '../../schemas/automation/commands.ts'
import type { AutomationFacts } from '../../schemas/automation/events.ts'
import { type Automation, automationOf } from '../../schemas/automation/resource.ts'
import { automationRoutes as routes } from '../../schemas/automation/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { keptActions } from '../automations/kept-actions.ts'
import { type Names, ruleErrors } from '../automations/rule-errors.ts'
import { type AutomationState, automation, type PresentAutomation } from '../domain/automation/automation.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, derivedId } from './asking.ts'
import { refuseErrors } from './refuse.ts'

type Request = AnyRequest & { params: { id: string }; ifMatch?: number }

/** Automations, as admins make and change them (document D). */
export function automationBindings({
  handle,
  namesIn,
}: {
  handle: Handle
  /** What rules of a workspace may name. */
  namesIn: (workspaceId: string) => Names
}): Binding[] {
  /** Asks an automation of the caller's workspace for something; one of another's is not found. */
  const change = async (
    request: Request,
    action: string,
    decide: (known: PresentAutomation) => AutomationCommand | Promise<AutomationCommand>,
  ): Promise<Handled<AutomationState>> => {
    const { caller, params, ifMatch } = request
    const workspaceId = ownWorkspace(caller)
    // What a rule needs depends on its trigger, which may have been changed elsewhere a moment ago.
    const { state } = await handle.look(automation, params.id, 0)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw notFound()
    const asking = askingOf(request, streamOf('automation', params.id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    const command = await decide({ ...state, status: 'there' })
    return handle(automation, params.id, command, context, { ifMatch })
  }

  return [
    bind(routes.create, async (request) => {
      const { caller, body } = request
      const workspaceId = ownWorkspace(caller)
      const actions = keptActions(body.actions)
      const facts: AutomationFacts = { match: 'all', conditions: [], active: true, ...body, actions }
      refuseErrors(await ruleErrors(facts, namesIn(workspaceId)))
      const asking = askingOf(request, `${workspaceId}:automations`, 'create')
      const automationId = derivedId(asking.commandId, 'automation')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
      const command = { type: 'CreateAutomation', automationId, facts } as const
      return answerOf(201, await handle(automation, automationId, command, context))
    }),

    bind(routes.update, async (request) =>
      answerOf(
        200,
        await change(request, 'update', async ({ workspaceId, facts }) => {
          const { actions, ...others } = request.body
          const changes = { ...others, ...(actions === undefined ? {} : { actions: keptActions(actions) }) }
          const trigger = changes.trigger ?? facts.trigger
          // What stays of another trigger does not matter.
          const minutes = changes.minutes ?? (trigger === 'no_reply' ? facts.minutes : undefined)
          const said = { ...changes, trigger, ...(minutes === undefined ? {} : { minutes }) }
          refuseErrors(await ruleErrors(said, namesIn(workspaceId)))
          return { type: 'UpdateAutomation', changes }
        }),
      ),
    ),

    bind(routes.toggle, async (request) =>
      answerOf(200, await change(request, 'toggle', () => ({ type: 'ToggleAutomation', active: request.body.active }))),
    ),

    bind(routes.remove, async (request) => {
      const { position } = await change(request, 'delete', () => ({ type: 'DeleteAutomation' }))
      return { status: 204, position }
    }),
  ]
}

function answerOf(status: number, { state, revision, position }: Handled<AutomationState>): Reply {
  if (state.status === 'none') throw new Error('The automation just written is not there')
  const { id, workspaceId, facts, createdAt, updatedAt } = state
  const body: Automation = automationOf({ id, workspaceId, ...facts, createdAt, updatedAt })
  return { status, body, revision, position }
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such automation.')
}
