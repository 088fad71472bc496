import { Rejection } from '../../../schemas/rejection.ts'
import type { WebhookCommand } from '../../../schemas/webhook/commands.ts'
import { type WebhookEvent, webhookEvents } from '../../../schemas/webhook/events.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

interface Facts {
  id: string
  workspaceId: string
  url: string
  events: readonly string[]
  description: string
  active: boolean
  disabledReason: string | null
  secret: string
  /** What was the secret before, and until when (ms since 1970) it is signed with as well. */
  previous: { secret: string; until: number } | null
  createdAt: string
  done: Map<string, Done>
}

export type LiveWebhook = Facts & { status: 'there' }
export type WebhookState = { status: 'none' } | LiveWebhook | (Facts & { status: 'deleted' })

/** How long the secret before is good. */
const overlapMs = 24 * 3_600_000

/** An outgoing webhook (document D). */
export const webhook: Decider<WebhookState, WebhookCommand, WebhookEvent> = {
  noun: 'webhook',
  initial: { status: 'none' },
  types: webhookEvents,
  decide(state, command) {
    if (command.type === 'CreateWebhook') {
      if (state.status !== 'none') throw new Rejection('already-exists', 'There is a webhook with this id.')
      const { type: _, events, ...made } = command
      return [{ type: 'WebhookCreated', data: { ...made, events: [...events] } }]
    }
    if (state.status !== 'there') throw new Rejection('not-found', 'There is no such webhook.')
    const webhookId = state.id
    switch (command.type) {
      case 'UpdateWebhook': {
        const { url, events, description, active } = state
        const changes = changesOf({ url, events, description, active }, command.changes)
        if (changes === undefined) return []
        const { events: wanted, ...others } = changes
        const named = wanted === undefined ? {} : { events: [...wanted] }
        return [{ type: 'WebhookUpdated', data: { webhookId, ...others, ...named } }]
      }
      case 'TurnWebhookOff':
        return state.active
          ? [{ type: 'WebhookUpdated', data: { webhookId, active: false, reason: command.reason } }]
          : []
      case 'RotateWebhookSecret':
        return [{ type: 'WebhookSecretRotated', data: { webhookId, secret: command.secret } }]
      case 'TestWebhook':
        return [{ type: 'WebhookTested', data: { webhookId, pingId: command.pingId } }]
      case 'ReplayWebhook': {
        const { replayId, from, deliveryId } = command
        const only = deliveryId === undefined ? {} : { deliveryId }
        return [{ type: 'WebhookReplayRequested', data: { webhookId, replayId, from, ...only } }]
      }
      case 'DeleteWebhook':
        return [{ type: 'WebhookDeleted', data: { webhookId } }]
      default:
        return command satisfies never
    }
  },
  evolve(state, event, at) {
    if (event.type === 'WebhookCreated') {
      if (state.status !== 'none') return state
      const { webhookId: id, ...facts } = event.data
      const made = { id, workspaceId: at.workspaceId, createdAt: at.at, done: remember(new Map(), at) }
      return { status: 'there', ...made, ...facts, disabledReason: null, previous: null }
    }
    if (state.status === 'none') return state
    const known = { ...state, done: remember(state.done, at) }
    switch (event.type) {
      case 'WebhookUpdated': {
        const { webhookId: _, reason = null, ...changes } = event.data
        return { ...known, ...changes, disabledReason: changes.active === undefined ? known.disabledReason : reason }
      }
      case 'WebhookSecretRotated':
        return {
          ...known,
          secret: event.data.secret,
          previous: { secret: known.secret, until: Date.parse(at.at) + overlapMs },
        }
      case 'WebhookTested':
      case 'WebhookReplayRequested':
        return known
      case 'WebhookDeleted':
        return { ...known, status: 'deleted', secret: '', previous: null }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}

/** The secrets that what is sent at an instant (ms since 1970) is signed with, the newest first. */
export function signingSecrets({ secret, previous }: LiveWebhook, now: number): string[] {
  return previous !== null && now < previous.until ? [secret, previous.secret] : [secret]
}
