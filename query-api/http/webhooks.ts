import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { isStorable, parsePosition } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { webhookRoutes as routes } from '../../schemas/webhook/routes.ts'
import { wantedOf } from '../page.ts'
import { ownWorkspace } from '../visibility.ts'
import { type DeliveryPlace, deliveryById, deliveryPage } from '../webhooks/deliveries.query.ts'
import { webhookById, webhooksOf } from '../webhooks/webhooks.query.ts'
import type { Sources } from './asked.ts'

/** Reads of outgoing webhooks, and of what they were sent. */
export function webhookBindings({ reader, positions }: Sources): Binding[] {
  const found = async (workspaceId: string, id: string) => {
    const one = await webhookById(reader, workspaceId, id)
    if (one === undefined) throw new Rejection('not-found', 'There is no such webhook.')
    return one
  }

  return [
    bind(routes.list, async ({ caller, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      return { status: 200, body: await webhooksOf(reader, ownWorkspace(caller)) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const { webhook, revision } = await found(ownWorkspace(caller), params.id)
      return { status: 200, body: webhook, revision }
    }),

    bind(routes.deliveries, async ({ caller, params, query, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 20, placeOf)
      await found(workspaceId, params.id)
      const { status, event, conversationId, search } = query
      const filters = { webhookId: params.id, workspaceId, status, event, conversationId, search }
      return { status: 200, body: await deliveryPage(reader, filters, wanted) }
    }),

    bind(routes.delivery, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const workspaceId = ownWorkspace(caller)
      const delivery = await deliveryById(reader, { workspaceId, webhookId: params.id, id: params.deliveryId })
      if (delivery === undefined) throw new Rejection('not-found', 'There is no such delivery.')
      return { status: 200, body: delivery }
    }),
  ]
}

function placeOf([position]: readonly unknown[]): DeliveryPlace | undefined {
  const place = typeof position === 'string' ? parsePosition(position) : undefined
  if (place === undefined || !isStorable(place)) return undefined
  return { commit: String(place.commit), prepare: String(place.prepare) }
}
