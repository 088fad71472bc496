import Type, { type Static } from 'typebox'
import { exactly, Id, nullable, pageOf, Time } from '../fields.ts'
import { everything, ping, webhookEventNames } from './event-names.ts'

const url = Type.String({
  minLength: 1,
  maxLength: 2000,
  examples: ['https://hooks.example.com/parley'],
  description: 'https or http; private and loopback addresses are refused, unless the server is set to allow them',
})
const Event = Type.Enum([everything, ...webhookEventNames], { description: 'Names of events; * for all of them' })
const events = Type.Array(Event, { minItems: 1, maxItems: 50, uniqueItems: true, examples: [[everything]] })
const description = Type.String({ maxLength: 500, examples: ['Our CRM'] })
const active = Type.Boolean({ description: 'what happens while it is off is not sent later, unless it is redelivered' })

export const CreateWebhookBody = exactly({
  url,
  events,
  description: Type.Optional(description),
  active: Type.Optional(active),
})
export const UpdateWebhookBody = exactly({
  url: Type.Optional(url),
  events: Type.Optional(events),
  description: Type.Optional(description),
  active: Type.Optional(active),
})
export const RedeliverBody = exactly({
  from: Type.String({
    minLength: 1,
    maxLength: 50,
    examples: ['2026-01-15T10:30:00.000Z'],
    description:
      'where to begin: a position (`<commit>/<prepare>`, as deliveries and X-Position have it), an ISO 8601 time, or the id of a delivery of this webhook',
  }),
})
/** `POST /internal/webhooks/{id}/turn-off` */
export const TurnOffBody = exactly({ reason: Type.String({ minLength: 1, maxLength: 300 }) })

const shown = {
  id: Id,
  workspaceId: Id,
  url: Type.String(),
  events: Type.Array(Type.String()),
  description: Type.String(),
  active: Type.Boolean(),
  disabledReason: nullable(Type.String({ description: 'why it was turned off, where nobody of the workspace did' })),
  createdAt: Time,
}

export const Webhook = exactly(shown)
export type Webhook = Static<typeof Webhook>

/** In the answer to a command. */
export const ChangedWebhook = exactly({
  ...shown,
  secret: Type.Optional(
    Type.String({ description: 'whsec_…: the key of the signatures, where it was made just now: shown this once' }),
  ),
})

/** What was accepted, and is done in a moment. */
export const WebhookTest = exactly({
  deliveryId: Type.String({
    format: 'uuid',
    description: 'how it went: GET /api/webhooks/{id}/deliveries/{deliveryId}',
  }),
})
export const WebhookReplay = exactly({
  replayId: Id,
  from: Type.String({ description: 'a position or a time' }),
})

export const deliveryStatuses = ['waiting', 'retrying', 'delivered', 'dead', 'skipped'] as const
export const DeliveryStatus = Type.Enum(deliveryStatuses, {
  description:
    'retrying: it failed and is tried again; dead: it was given up; skipped: the webhook was off or gone when it was to be sent',
})
export type DeliveryStatus = (typeof deliveryStatuses)[number]

export const Delivery = exactly({
  id: Type.String({ format: 'uuid', description: 'Parley-Delivery: the same whenever it is sent' }),
  webhookId: Id,
  event: Type.String({ description: `of the names that may be subscribed to, or ${ping}` }),
  eventId: Id,
  conversationId: nullable(Id),
  position: Type.String({ description: 'of the event in the log: <commit>/<prepare>' }),
  status: DeliveryStatus,
  tries: Type.Integer({ minimum: 0 }),
  lastStatus: nullable(Type.Integer({ description: 'HTTP status of the last answer' })),
  lastError: nullable(Type.String({ description: 'why the last try failed' })),
  nextAt: nullable(Type.String({ format: 'date-time', description: 'when it is tried again' })),
  createdAt: Time,
  deliveredAt: nullable(Time),
  tookMs: nullable(Type.Integer({ minimum: 0, description: 'how long the last try took, in milliseconds' })),
})
export type Delivery = Static<typeof Delivery>
export const Deliveries = pageOf(Delivery)
