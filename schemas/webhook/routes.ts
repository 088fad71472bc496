import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { pageQuery, route } from '../route.ts'
import { everything, ping, webhookEventTable } from './event-names.ts'
import {
  ChangedWebhook,
  CreateWebhookBody,
  Deliveries,
  Delivery,
  DeliveryStatus,
  RedeliverBody,
  TurnOffBody,
  UpdateWebhookBody,
  Webhook,
  WebhookReplay,
  WebhookTest,
} from './resource.ts'

const tag = 'Webhooks'
const byId = exactly({ id: Id })
const byDelivery = exactly({ id: Id, deliveryId: Id })
const command = { service: 'command-api', access: 'admin', scope: 'manage', tag } as const
const query = { service: 'query-api', access: 'admin', scope: 'manage', tag } as const
const changed = { 200: { description: 'the webhook as it is now', schema: ChangedWebhook } }

const sent = `What is sent is a POST of {id, event, occurredAt, workspaceId, conversationId, position, revision, data, actor} as JSON, with the headers Parley-Signature (t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under the secret>), Parley-Delivery and Parley-Event. A 2xx answer within ten seconds takes it; redirects are not followed; 410 turns the webhook off; all else is tried again, ever more seldom (Retry-After is heeded), until it is given up. What belongs to one conversation comes in its order: one that fails holds back those after it. Every delivery may come twice, with the same id.`
const eventTable = [
  '| event | |',
  '|---|---|',
  ...Object.values(webhookEventTable).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
  `| \`${ping}\` | of a test, whatever the webhook is subscribed to |`,
].join('\n')

/** Outgoing webhooks (document D). */
export const webhookRoutes = {
  list: route({
    ...query,
    method: 'GET',
    path: '/api/webhooks',
    summary: 'List webhooks, the oldest first',
    answers: { 200: { description: 'all of them', schema: Type.Array(Webhook) } },
    rejections: ['projection-behind'],
  }),
  get: route({
    ...query,
    method: 'GET',
    path: '/api/webhooks/{id}',
    summary: 'Get a webhook',
    params: byId,
    answers: { 200: { description: 'the webhook', schema: Webhook } },
    rejections: ['not-found', 'projection-behind'],
  }),
  create: route({
    ...command,
    method: 'POST',
    path: '/api/webhooks',
    summary: 'Create a webhook',
    description: `${sent}\n\nEvents (${everything} for all):\n\n${eventTable}`,
    body: CreateWebhookBody,
    answers: { 201: { description: 'the webhook, with its secret', schema: ChangedWebhook } },
    rejections: ['already-exists', 'idempotency-key-reused'],
  }),
  update: route({
    ...command,
    method: 'PATCH',
    path: '/api/webhooks/{id}',
    summary: 'Change a webhook',
    description: 'What still waits is sent to the new address.',
    params: byId,
    body: UpdateWebhookBody,
    answers: changed,
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  remove: route({
    ...command,
    method: 'DELETE',
    path: '/api/webhooks/{id}',
    summary: 'Delete a webhook',
    description: 'What still waits is not sent any more, and its secret is gone for ever.',
    params: byId,
    answers: { 204: { description: 'it is gone' } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  rotate: route({
    ...command,
    method: 'POST',
    path: '/api/webhooks/{id}/rotate-secret',
    summary: 'Make a new secret',
    description: 'This answer alone shows it. For 24 hours everything is signed with both: two v1 in Parley-Signature.',
    params: byId,
    answers: changed,
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  test: route({
    ...command,
    method: 'POST',
    path: '/api/webhooks/{id}/test',
    summary: 'Send a ping',
    params: byId,
    answers: { 202: { description: 'it is sent in a moment', schema: WebhookTest } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  redeliver: route({
    ...command,
    method: 'POST',
    path: '/api/webhooks/{id}/redeliver',
    summary: 'Send again what happened since',
    description:
      'All that the webhook is subscribed to now, from the given place in the log up to this request, in order and under the same delivery ids, whether it was sent before or not.',
    params: byId,
    body: RedeliverBody,
    answers: { 202: { description: 'it is sent in a moment', schema: WebhookReplay } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed', 'projection-behind'],
  }),
  deliveries: route({
    ...query,
    method: 'GET',
    path: '/api/webhooks/{id}/deliveries',
    summary: 'List deliveries, the latest first',
    description:
      'They are kept for 30 days, unless the server is set otherwise. total counts up to 10,000; search looks at the latest 100,000.',
    params: byId,
    query: exactly({
      status: Type.Optional(DeliveryStatus),
      event: Type.Optional(Type.String({ maxLength: 100, examples: ['message.sent'] })),
      conversationId: Type.Optional(Id),
      search: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description: 'in the ids of delivery, event and conversation, and in the last error',
        }),
      ),
      ...pageQuery(20),
    }),
    answers: { 200: { description: 'a page of them', schema: Deliveries } },
    rejections: ['not-found', 'projection-behind'],
  }),
  delivery: route({
    ...query,
    method: 'GET',
    path: '/api/webhooks/{id}/deliveries/{deliveryId}',
    summary: 'Get a delivery',
    params: byDelivery,
    answers: { 200: { description: 'the delivery', schema: Delivery } },
    rejections: ['not-found', 'projection-behind'],
  }),
  retry: route({
    ...command,
    method: 'POST',
    path: '/api/webhooks/{id}/deliveries/{deliveryId}/retry',
    summary: 'Send a delivery again',
    description: 'Under the same id, with all its tries, whatever became of it before.',
    params: byDelivery,
    answers: { 202: { description: 'it is sent in a moment', schema: WebhookReplay } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed', 'projection-behind'],
  }),
  turnOff: route({
    service: 'command-api',
    access: 'system',
    tag: 'Internal',
    method: 'POST',
    path: '/internal/webhooks/{id}/turn-off',
    summary: 'Turn a webhook off that is not wanted any more',
    params: byId,
    body: TurnOffBody,
    answers: { 204: { description: 'it is off' } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
}
