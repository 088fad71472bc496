import { folding, part } from '../projection.ts'
import { table } from '../table.ts'
import { foldWebhook, type WebhookRow } from './fold.ts'

export const webhooks = table<WebhookRow>({
  name: 'webhooks',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    url: 'text',
    events: 'text[]',
    description: 'text',
    active: 'boolean',
    disabledReason: 'text?',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'] }],
})

const webhook = folding(foldWebhook)

/** Outgoing webhooks; what they were sent is not here, since that does not follow from the log. */
export const webhookPart = part<WebhookRow>({
  noun: 'webhook',
  state: webhooks,
  changes: {
    WebhookCreated: webhook,
    WebhookUpdated: webhook,
    WebhookSecretRotated: webhook,
    WebhookTested: webhook,
    WebhookReplayRequested: webhook,
    WebhookDeleted: webhook,
  },
})
