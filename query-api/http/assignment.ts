import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { assignmentRoutes } from '../../schemas/assignment/routes.ts'
import { dueWorkspaces, loadOf, situationOf } from '../assignment/assignment.query.ts'
import type { Sources } from './asked.ts'

/** What assigning by itself needs to know. */
export function assignmentBindings({ reader, positions }: Sources): Binding[] {
  return [
    bind(assignmentRoutes.situation, async ({ params, query, waitFor }) => {
      await positions.passed(['inbox', 'directory'], waitFor)
      return { status: 200, body: await situationOf(reader, params.id, query.limit) }
    }),

    bind(assignmentRoutes.load, async ({ params, waitFor }) => {
      await positions.passed(['inbox'], waitFor)
      return { status: 200, body: { load: await loadOf(reader, params.id, params.agentId) } }
    }),

    bind(assignmentRoutes.due, async ({ query, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      return { status: 200, body: { data: await dueWorkspaces(reader, query.after, query.limit) } }
    }),
  ]
}
