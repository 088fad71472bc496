import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import { Delivery, DeliveryBody } from './delivery.ts'

export const RecordedDelivery = exactly({ delivery: Type.Optional(Delivery) })

/** What becomes of messages that leave the house; asked for by those who carry them. */
export const deliveryRoutes = {
  record: route({
    service: 'command-api',
    method: 'POST',
    path: '/internal/conversations/{id}/deliveries',
    access: 'system',
    tag: 'Internal',
    summary: 'Record that a message was taken by its channel, delivered, read, or refused',
    description:
      'Comes in any order and as often as it likes: a status only rises. A conversation of another channel is not found, nor is a message that this channel did not carry.',
    params: exactly({ id: Id }),
    body: DeliveryBody,
    answers: { 200: { description: 'how far the message has come', schema: RecordedDelivery } },
    rejections: ['not-found', 'conflict', 'contact-erased', 'idempotency-key-reused'],
  }),
}
