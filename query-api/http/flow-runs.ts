import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { flowRunQueries as routes } from '../../schemas/flow-run/queries.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { flowAnalytics } from '../flows/analytics.query.ts'
import { hasFlow } from '../flows/flows.query.ts'
import { placeOf } from '../flows/place.ts'
import { activeRuns, runById, runPage } from '../flows/runs.query.ts'
import { wantedOf } from '../page.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** Reads of the runs of flows, and what came of them (document E). */
export function flowRunBindings({ reader, positions, log, now }: Sources): Binding[] {
  /** One that was started a moment ago is in the log, and soon here: before it is said not to be there, what is in the log now is waited for. */
  const runOf = async (workspaceId: string, id: string) => {
    const known = await runById(reader, workspaceId, id)
    if (known !== undefined) return known
    await positions.passed(['flows'], await log.head())
    return runById(reader, workspaceId, id)
  }

  return [
    bind(routes.list, async ({ caller, query, waitFor }) => {
      const { flow, conversation, status } = query
      const filter = { workspaceId: ownWorkspace(caller), flow, conversation, status }
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['flows'], waitFor)
      return { status: 200, body: await runPage(reader, filter, wanted) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      const found = await runOf(ownWorkspace(caller), params.id)
      if (found === undefined) throw new Rejection('not-found', 'There is no such run.')
      return { status: 200, body: found.run, revision: found.revision }
    }),

    bind(routes.analytics, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const { flow, version, days = 30 } = query
      if (version !== undefined && flow === undefined) {
        const message = 'flow is required with version'
        throw new Rejection('validation', message, [{ path: 'flow', message }])
      }
      await positions.passed(['flows'], waitFor)
      if (flow !== undefined && !(await hasFlow(reader, workspaceId, flow, { deleted: true }))) {
        throw new Rejection('not-found', 'There is no such flow.')
      }
      return { status: 200, body: await flowAnalytics(reader, { workspaceId, flow, version, days, now: now() }) }
    }),

    bind(routes.active, async ({ query, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      return { status: 200, body: { data: await activeRuns(reader, query.after, query.limit ?? 500) } }
    }),
  ]
}
