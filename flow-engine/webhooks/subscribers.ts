import { v5 as uuidV5 } from 'uuid'
import type { Recorded, RecordedEach } from '../../schemas/envelope.ts'
import { ping, wants, webhookEventName, webhookEventTypes } from '../../schemas/webhook/event-names.ts'
import { type WebhookEvent, webhookEvents } from '../../schemas/webhook/events.ts'
import { conversationIn } from '../domain/webhooks/payload.ts'
import type { NewDelivery, Step, Subscriber } from './queue-book.ts'

/** Of what webhooks are sent. */
export const sentNouns = ['conversation', 'contact', 'agent'] as const
export const sentTypes: readonly string[] = webhookEventTypes
export const ownTypes = Object.keys(webhookEvents)

const isOwn = (event: Recorded): event is RecordedEach<WebhookEvent> => Object.hasOwn(webhookEvents, event.type)

/** Who is subscribed to what, as of a place in the log. */
export class Subscribers {
  readonly #byId = new Map<string, Subscriber>()
  readonly #byWorkspace = new Map<string, Map<string, Subscriber>>()

  constructor(known: readonly Subscriber[] = []) {
    for (const one of known) this.#put(one)
  }

  /** Goes one event further, and says what it changes in the queue. */
  take(event: Recorded): Step[] {
    if (isOwn(event)) return this.#takeOwn(event)
    const name = webhookEventName(event.type)
    if (name === undefined) return []
    const theirs = this.#byWorkspace.get(event.meta.workspaceId) ?? new Map<string, Subscriber>()
    return [...theirs.values()]
      .filter(({ active, events }) => active && wants(events, name))
      .map(({ id }) => ({ kind: 'deliver', delivery: deliveryOf(id, event, name) }))
  }

  #takeOwn(event: RecordedEach<WebhookEvent>): Step[] {
    const { webhookId } = event.data
    const known = this.#byId.get(webhookId)
    if (event.type === 'WebhookCreated') {
      const { url, events, active } = event.data
      return this.#change({ id: webhookId, workspaceId: event.meta.workspaceId, url, events, active })
    }
    // One that was deleted takes nothing any more.
    if (known === undefined) return []
    switch (event.type) {
      case 'WebhookUpdated': {
        const { url = known.url, events = known.events, active = known.active } = event.data
        return this.#change({ ...known, url, events, active })
      }
      case 'WebhookSecretRotated':
        return []
      case 'WebhookTested':
        return [{ kind: 'deliver', delivery: { ...deliveryOf(webhookId, event, ping), id: event.data.pingId } }]
      case 'WebhookReplayRequested': {
        const { replayId: id, from, deliveryId } = event.data
        if (deliveryId !== undefined) return [{ kind: 'again', deliveryId, webhookId }]
        return [{ kind: 'replay', id, webhookId, from, until: event.position }]
      }
      case 'WebhookDeleted':
        this.#byId.delete(webhookId)
        this.#byWorkspace.get(known.workspaceId)?.delete(webhookId)
        return [{ kind: 'deleted', webhookId }]
      default:
        event satisfies never
        return []
    }
  }

  #change(subscriber: Subscriber): Step[] {
    this.#put(subscriber)
    return [{ kind: 'subscriber', subscriber }]
  }

  #put(one: Subscriber): void {
    this.#byId.set(one.id, one)
    const theirs = this.#byWorkspace.get(one.workspaceId) ?? new Map<string, Subscriber>()
    this.#byWorkspace.set(one.workspaceId, theirs.set(one.id, one))
  }
}

/** The id is that of the webhook and the event together: the same however often it is queued. */
export function deliveryOf(webhookId: string, event: Recorded, name: string): NewDelivery {
  const { id: eventId, stream, revision, type, position, meta } = event
  return {
    id: uuidV5(eventId, webhookId),
    webhookId,
    workspaceId: meta.workspaceId,
    conversationId: conversationIn(stream),
    ...{ eventId, type, event: name, stream, revision },
    commit: String(position.commit),
    prepare: String(position.prepare),
    appendedAt: meta.at,
  }
}
