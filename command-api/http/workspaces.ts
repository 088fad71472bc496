import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import type { FieldError } from '../../schemas/rejection.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { hoursErrors } from '../../schemas/workspace/business-hours.ts'
import { workspaceCommands as routes } from '../../schemas/workspace/routes.ts'
import { type WorkspaceState, workspace } from '../domain/workspace/workspace.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace } from './access.ts'
import { actorOf, askingOf, contextOf } from './asking.ts'
import { refuseErrors } from './refuse.ts'

/** The workspace and what it is set to. */
export function workspaceBindings({ handle }: { handle: Handle }): Binding[] {
  return [
    bind(routes.create, async (request) => {
      const { id, name, timeZone = 'UTC' } = request.body
      refuseErrors(timeZoneErrors(timeZone))
      const asking = askingOf(request, streamOf('workspace', id), 'create')
      const context = contextOf(asking, request, { workspaceId: id, actor: actorOf(request.caller, '') })
      const command = { type: 'CreateWorkspace', workspaceId: id, name, timeZone } as const
      return answerOf(201, await handle(workspace, id, command, context))
    }),

    bind(routes.changeSettings, async (request) => {
      const { caller, body: changes, ifMatch } = request
      refuseErrors([
        ...timeZoneErrors(changes.timeZone ?? 'UTC'),
        ...hoursErrors(changes.businessHours, '/businessHours'),
      ])
      const id = ownWorkspace(caller)
      const asking = askingOf(request, streamOf('workspace', id), 'settings')
      const context = contextOf(asking, request, { workspaceId: id, actor: actorOf(caller, '') })
      const command = { type: 'ChangeWorkspaceSettings', changes } as const
      return answerOf(200, await handle(workspace, id, command, context, { ifMatch }))
    }),
  ]
}

function answerOf(status: number, { state, revision, position }: Handled<WorkspaceState>): Reply {
  if (state.status === 'none') throw new Rejection('not-found', 'There is no such workspace.')
  return { status, body: { id: state.id, ...state.settings }, revision, position }
}

function timeZoneErrors(timeZone: string): FieldError[] {
  if (isTimeZone(timeZone)) return []
  return [{ path: '/timeZone', message: 'timeZone must be an IANA time zone such as Europe/Berlin' }]
}

/** Offsets such as +01:00 have no summer, and Postgres reads them the other way round. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
