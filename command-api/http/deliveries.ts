import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { RecordDelivery } from '../../schemas/conversation/commands.ts'
import type { DeliveryBody } from '../../schemas/conversation/delivery.ts'
import { deliveryRoutes as routes } from '../../schemas/conversation/delivery-routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Handle } from '../handle.ts'
import { ask } from './conversations.ts'
import { deliveryOf } from './message-view.ts'

/** What those say who carry messages out of the house. */
export function deliveryBindings({ handle }: { handle: Handle }): Binding[] {
  return [
    bind(routes.record, async (request) => {
      const { body } = request
      const { state, revision, position } = await ask(handle, request, 'delivery', (_, { channelId }) => {
        // A channel's servers may be somebody's own, who must not speak for another channel's.
        if (channelId === null || channelId !== body.channelId.toLowerCase()) {
          throw new Rejection('not-found', 'There is no such conversation.')
        }
        return commandOf(body)
      })
      const facts = body.messageId === undefined ? undefined : state.messages.get(body.messageId.toLowerCase())
      return { status: 200, body: facts === undefined ? {} : deliveryOf(facts), revision, position }
    }),
  ]
}

function commandOf(body: DeliveryBody): RecordDelivery {
  const { messageId, externalId } = body
  const named = { type: 'RecordDelivery', messageId: messageId?.toLowerCase(), externalId } as const
  switch (body.status) {
    case 'sent':
      return { ...named, part: body.part, happened: { status: 'sent' } }
    case 'delivered':
    case 'read':
      return { ...named, part: body.part, happened: { status: body.status, at: new Date(body.at).toISOString() } }
    case 'failed':
      return { ...named, part: body.part, happened: { status: 'failed', error: body.error } }
  }
}
