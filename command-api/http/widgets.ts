import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import { type FieldError, Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type Widget, type WidgetSettings, widgetDefaults } from '../../schemas/widget/events.ts'
import { embedCodeOf } from '../../schemas/widget/resource.ts'
import { widgetRoutes as routes } from '../../schemas/widget/routes.ts'
import { hoursErrors } from '../../schemas/workspace/business-hours.ts'
import { flow } from '../domain/flow/flow.ts'
import { type WidgetState, widget } from '../domain/widget/widget.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, derivedId } from './asking.ts'
import { refuseErrors } from './refuse.ts'

type NewWidget = Partial<WidgetSettings> & Pick<WidgetSettings, 'name'>
type WidgetRequest = AnyRequest & { params: { id: string }; ifMatch?: number }

/** Widgets, as admins make and change them (document A). */
export function widgetBindings({ handle, publicUrl }: { handle: Handle; publicUrl: string }): Binding[] {
  const create = async (request: AnyRequest & { body: NewWidget }): Promise<Reply> => {
    const { caller, body } = request
    const workspaceId = ownWorkspace(caller)
    refuseErrors([
      ...hoursErrors(body.businessHours, '/businessHours'),
      ...(await flowErrors(body.flowId, workspaceId)),
    ])
    const asking = askingOf(request, `${workspaceId}:widgets`, 'create')
    const widgetId = derivedId(asking.commandId, 'widget')
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    const settings = { ...widgetDefaults, ...body }
    return answerOf(201, await handle(widget, widgetId, { type: 'CreateWidget', widgetId, settings }, context))
  }

  /** A widget may keep a flow that was deleted since, so that whoever saves a widget as it was read is not refused. */
  const flowErrors = async (flowId: string | null | undefined, workspaceId: string): Promise<FieldError[]> => {
    if (flowId === null || flowId === undefined) return []
    const { state } = await handle.look(flow, flowId.toLowerCase(), recent)
    if (state.status !== 'none' && state.workspaceId === workspaceId) return []
    return [{ path: '/flowId', message: 'flowId names no flow' }]
  }

  /** The caller's workspace; a widget of another is not found. */
  const demandOwn = async ({ caller, params }: Pick<WidgetRequest, 'caller' | 'params'>): Promise<string> => {
    const workspaceId = ownWorkspace(caller)
    const { state } = await handle.look(widget, params.id, recent)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw notFound()
    return workspaceId
  }

  /** Asks a widget of the caller's workspace for something; one of another's is not found. */
  const change = async (
    request: WidgetRequest,
    action: string,
    command: Parameters<typeof widget.decide>[1],
  ): Promise<Handled<WidgetState>> => {
    const { caller, params, ifMatch } = request
    const workspaceId = await demandOwn(request)
    const asking = askingOf(request, streamOf('widget', params.id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    return handle(widget, params.id, command, context, { ifMatch })
  }

  const answerOf = (status: number, { state, revision, position }: Handled<WidgetState>): Reply => {
    if (state.status === 'none') throw new Error('The widget just written is not there')
    const { id, workspaceId, settings, createdAt } = state
    const body: Widget = { id, workspaceId, ...settings, embedCode: embedCodeOf(id, publicUrl), createdAt }
    return { status, body, revision, position }
  }

  return [
    bind(routes.create, create),
    bind(routes.adminCreate, create),

    bind(routes.update, async (request) => {
      const { businessHours, flowId } = request.body
      // Nobody learns what is wrong with a body for a widget that is not his.
      await demandOwn(request)
      refuseErrors([
        ...hoursErrors(businessHours, '/businessHours'),
        ...(await flowErrors(flowId, ownWorkspace(request.caller))),
      ])
      return answerOf(200, await change(request, 'update', { type: 'UpdateWidget', changes: request.body }))
    }),

    bind(routes.remove, async (request) => {
      const { position } = await change(request, 'delete', { type: 'DeleteWidget' })
      return { status: 204, position }
    }),
  ]
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such widget.')
}
