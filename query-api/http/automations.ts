import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { automationRoutes as routes } from '../../schemas/automation/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { automationById, automationsOf, triggersOf } from '../automations/automations.query.ts'
import { type Place, runPage } from '../automations/runs.query.ts'
import { unanswered } from '../automations/unanswered.query.ts'
import { isId, isTime } from '../cursor-parts.ts'
import { wantedOf } from '../page.ts'
import type { Reader } from '../reader.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** Reads of automations and of what they did. */
export function automationBindings({ reader, positions, now }: Sources): Binding[] {
  return [
    bind(routes.list, async ({ caller, waitFor }) => {
      await positions.passed(['automations'], waitFor)
      return { status: 200, body: await automationsOf(reader, ownWorkspace(caller)) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['automations'], waitFor)
      const { automation, revision } = await present(reader, ownWorkspace(caller), params.id)
      return { status: 200, body: automation, revision }
    }),

    bind(routes.runs, async ({ caller, params, query, waitFor }) => {
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['automations'], waitFor)
      const { automation } = await present(reader, ownWorkspace(caller), params.id)
      return {
        status: 200,
        body: await runPage(reader, { automationId: automation.id, outcome: query.outcome }, wanted),
      }
    }),

    bind(routes.triggers, async ({ params, waitFor }) => {
      await positions.passed(['automations'], waitFor)
      return { status: 200, body: { data: await triggersOf(reader, params.id) } }
    }),

    bind(routes.unanswered, async ({ query, waitFor }) => {
      await positions.passed(['automations', 'inbox'], waitFor)
      return { status: 200, body: { data: await unanswered(reader, now(), query.limit) } }
    }),
  ]
}

async function present(reader: Reader, workspaceId: string, id: string) {
  const found = await automationById(reader, workspaceId, id)
  if (found === undefined) throw new Rejection('not-found', 'There is no such automation.')
  return found
}

function placeOf([startedAt, id]: readonly unknown[]): Place | undefined {
  return isTime(startedAt) && isId(id) ? { startedAt, id } : undefined
}
