/** What may be asked of an outgoing webhook. Secrets are made at the door. */
export type WebhookCommand =
  | {
      type: 'CreateWebhook'
      webhookId: string
      url: string
      events: readonly string[]
      description: string
      active: boolean
      secret: string
    }
  | { type: 'UpdateWebhook'; changes: WebhookChanges }
  /** We do it ourselves, since it is not wanted any more. */
  | { type: 'TurnWebhookOff'; reason: string }
  | { type: 'RotateWebhookSecret'; secret: string }
  | { type: 'TestWebhook'; pingId: string }
  | { type: 'ReplayWebhook'; replayId: string; from: string; deliveryId?: string | undefined }
  | { type: 'DeleteWebhook' }

/** What is left out stays as it is. */
export interface WebhookChanges {
  url?: string | undefined
  events?: readonly string[] | undefined
  description?: string | undefined
  active?: boolean | undefined
}
