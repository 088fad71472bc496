import type { Caller } from '../../schemas/caller.ts'
import type { ListQuery } from '../../schemas/conversation/query-routes.ts'
import { statuses } from '../../schemas/conversation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Filter } from './filter.ts'
import type { Sort } from './order.ts'

/** What a request asks of the list. Throws Rejection('validation') for what goes together with nothing. */
export function filterOf(query: ListQuery, caller: Caller): { filter: Filter; sort: Sort } {
  const { status, sort = 'activity', tag, channel_type: channel } = query
  const assignees = [assigneeOf(query, caller), query.agentId].filter((one) => one !== undefined).map(lower)
  const sources = [query.widgetId, query.channelId].filter((one) => one !== undefined).map(lower)
  if (sort === 'waiting' && assignees[0] !== 'none')
    throw wrong('sort', 'sort=waiting goes with assignee=unassigned only')
  const possible = assignees.every((one) => one === assignees[0]) && sources.every((one) => one === sources[0])
  const wanted = status === undefined ? statuses : [status]
  return {
    sort,
    filter: {
      workspaceId: ownWorkspace(caller),
      statuses: possible ? wanted.filter((one) => sort !== 'waiting' || one !== 'closed') : [],
      tag,
      channel,
      assignee: assignees[0],
      source: sources[0],
    },
  }
}

function assigneeOf({ assignee }: ListQuery, caller: Caller): string | undefined {
  if (assignee === 'unassigned') return 'none'
  if (assignee !== 'me') return assignee
  if (caller.kind === 'agent') return caller.id
  throw wrong('assignee', 'assignee=me needs the credential of an agent')
}

const lower = (id: string) => id.toLowerCase()

function wrong(path: string, message: string): Rejection {
  return new Rejection('validation', message, [{ path, message }])
}
