import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import type { WebhookEvent } from '../../schemas/webhook/events.ts'

/** An outgoing webhook, without its secret. */
export type WebhookRow = {
  readonly id: string
  readonly workspaceId: string
  readonly url: string
  readonly events: readonly string[]
  readonly description: string
  readonly active: boolean
  readonly disabledReason: string | null
  readonly createdAt: string
  readonly deletedAt: string | null
  readonly revision: number
}

export function foldWebhook(row: WebhookRow | undefined, event: RecordedEach<WebhookEvent>): WebhookRow {
  const { meta, revision } = event
  if (event.type === 'WebhookCreated') {
    const { webhookId: id, secret: _, ...facts } = event.data
    const made = { id, workspaceId: meta.workspaceId, createdAt: utc(meta.at), deletedAt: null }
    return { ...made, ...facts, disabledReason: null, revision }
  }
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which was never made`)
  const known = { ...row, revision }
  switch (event.type) {
    case 'WebhookUpdated': {
      const { webhookId: _, reason = null, ...changes } = event.data
      return { ...known, ...changes, disabledReason: changes.active === undefined ? known.disabledReason : reason }
    }
    case 'WebhookDeleted':
      return { ...known, deletedAt: utc(meta.at) }
    case 'WebhookSecretRotated':
    case 'WebhookTested':
    case 'WebhookReplayRequested':
      return known
    default:
      event satisfies never
      return known
  }
}
