import { randomUUID } from 'node:crypto'
import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { widgetDefaults } from '../../schemas/widget/events.ts'
import { workspaceCommands as routes } from '../../schemas/workspace/routes.ts'
import { agent } from '../domain/agent/agent.ts'
import { widget } from '../domain/widget/widget.ts'
import { workspace } from '../domain/workspace/workspace.ts'
import type { Handle } from '../handle.ts'
import { actorOf, askingOf, contextOf, derivedId } from './asking.ts'

/** The workspace, its agents and its widgets. */
export function workspaceBindings({ handle, publicUrl }: { handle: Handle; publicUrl: string }): Binding[] {
  return [
    bind(routes.create, async (request) => {
      const { id, name, timeZone = 'UTC' } = request.body
      if (!isTimeZone(timeZone)) throw invalid('timeZone', 'must be an IANA time zone such as Europe/Berlin')
      const asking = askingOf(request, streamOf('workspace', id), 'create')
      const context = contextOf(asking, request, { workspaceId: id, actor: actorOf(request.caller, '') })
      const { state, revision, position } = await handle(
        workspace,
        id,
        { type: 'CreateWorkspace', workspaceId: id, name, timeZone },
        context,
      )
      if (state.status === 'none') throw new Error(`The workspace just created is not there: ${id}`)
      return { status: 201, body: { id: state.id, ...state.settings }, revision, position }
    }),

    bind(routes.addAgent, async (request) => {
      const { id = randomUUID(), email, name, role = 'agent' } = request.body
      const workspaceId = workspaceOf(request.caller)
      const asking = askingOf(request, streamOf('agent', id), 'add')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, '') })
      const command = { type: 'AddAgent', agentId: id, email: email.toLowerCase(), name, role } as const
      const { state, revision, position } = await handle(agent, id, command, context)
      if (state.status === 'none') throw new Error(`The agent just added is not there: ${id}`)
      const body = { id, workspaceId: state.workspaceId, email: state.email, name: state.name, role: state.role }
      return { status: 201, body, revision, position }
    }),

    bind(routes.createWidget, async (request) => {
      const workspaceId = workspaceOf(request.caller)
      const asking = askingOf(request, `${workspaceId}:widgets`, 'create')
      const id = derivedId(asking.commandId, 'widget')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, '') })
      const command = { type: 'CreateWidget', widgetId: id, settings: { ...widgetDefaults, ...request.body } } as const
      const { state, revision, position } = await handle(widget, id, command, context)
      if (state.status === 'none') throw new Error(`The widget just created is not there: ${id}`)
      const body = {
        id,
        workspaceId,
        ...state.settings,
        embedCode: embedCodeOf(id, publicUrl),
        createdAt: state.createdAt,
      }
      return { status: 201, body, revision, position }
    }),
  ]
}

function embedCodeOf(widgetId: string, publicUrl: string): string {
  const source = `${publicUrl.replace(/\/$/, '')}/widget.js`
  return `<script>window.ChatFlowConfig={widgetId:'${widgetId}'};</script><script src='${source}' async></script>`
}

function workspaceOf(caller: Caller): string {
  if ('workspaceId' in caller && caller.workspaceId !== undefined) return caller.workspaceId
  throw new Rejection('forbidden', 'This needs a credential of a workspace.')
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function invalid(field: string, rule: string): Rejection {
  return new Rejection('validation', `${field} ${rule}`, [{ path: `/${field}`, message: `${field} ${rule}` }])
}
