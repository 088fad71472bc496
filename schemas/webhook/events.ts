import Type from 'typebox'
import { type EventOf, event, personal } from '../define.ts'
import { Id } from '../fields.ts'

/**
 * What may have happened to an outgoing webhook (document D). Stream `webhook-<webhookId>`. Its secrets are sealed under a key of its own
 * in the vault (envelope `key` = the webhook's id), which goes when it is deleted.
 */
export const webhookEvents = {
  WebhookCreated: event(
    Type.Object({
      webhookId: Id,
      url: Type.String(),
      /** Names of event-names.ts, or `*`. */
      events: Type.Array(Type.String()),
      description: Type.String(),
      active: Type.Boolean(),
      secret: personal(Type.String()),
    }),
  ),
  WebhookUpdated: event(
    Type.Object({
      webhookId: Id,
      url: Type.Optional(Type.String()),
      events: Type.Optional(Type.Array(Type.String())),
      description: Type.Optional(Type.String()),
      active: Type.Optional(Type.Boolean()),
      /** Why we have turned it off. */
      reason: Type.Optional(Type.String()),
    }),
  ),
  /** What is sent is signed with both secrets for a while. */
  WebhookSecretRotated: event(Type.Object({ webhookId: Id, secret: personal(Type.String()) })),
  /** Somebody wants to see whether it works: a `ping` is sent. */
  WebhookTested: event(Type.Object({ webhookId: Id, pingId: Id })),
  WebhookReplayRequested: event(
    Type.Object({
      webhookId: Id,
      replayId: Id,
      /** Where in the log to begin, `<commit>/<prepare>`, or an ISO time; until where this event itself stands. */
      from: Type.String(),
      /** Nothing but this one. */
      deliveryId: Type.Optional(Id),
    }),
  ),
  WebhookDeleted: event(Type.Object({ webhookId: Id })),
}

export type WebhookEvent = EventOf<typeof webhookEvents>
