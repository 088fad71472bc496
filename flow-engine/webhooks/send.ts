import { LRUCache } from 'lru-cache'
import {
  type LiveWebhook,
  signingSecrets,
  type WebhookState,
  webhook,
} from '../../command-api/domain/webhook/webhook.ts'
import { UndecodableEvent } from '../../infra/runtime/event-store/decode.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Outbound, OutboundFailure } from '../../infra/runtime/http/outbound.ts'
import { waitOf } from '../../infra/runtime/http/retry-after.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { happened, type Recorded, type RecordedEach } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type WebhookEvent, webhookEvents } from '../../schemas/webhook/events.ts'
import { payloadOf } from '../domain/webhooks/payload.ts'
import { type Rule, type Tried, verdictOf } from '../domain/webhooks/verdict.ts'
import type { Conclusion, Waiting } from './lanes-book.ts'
import { signatureOf } from './signature.ts'

export interface SendTools {
  log: Pick<EventLog, 'readStream'>
  logger: Logger
  outbound: Pick<Outbound, 'post'>
  rule: Rule
  /** POST /internal/webhooks/{id}/turn-off */
  turnOff: ServiceCall<unknown>
  now: () => number
}

/** How old what is known of a webhook may be. */
const knownMs = 1000

/**
 * Tries a delivery once, and says what came of it. What is sent is read from the log at this moment, so that words that were erased
 * since are not in it. Throws where the log or command-api is away.
 */
export function createSend(tools: SendTools): (delivery: Waiting) => Promise<Conclusion> {
  const { log, outbound, rule, now, logger } = tools
  const known = new LRUCache<string, Promise<WebhookState>>({ max: 1000, ttl: knownMs })

  const webhookOf = async (id: string): Promise<WebhookState> => {
    const before = await known.get(id)
    if (before?.status === 'there' && before.active) return before
    // Nothing is left out because of what was true a moment ago.
    const reading = readWebhook(log, id)
    known.set(id, reading)
    reading.catch(() => known.delete(id))
    return reading
  }

  const turnOff = async ({ webhookId, workspaceId }: Waiting, reason: string) => {
    const caller = { kind: 'system', id: 'flow-engine', workspaceId } as const
    await tools.turnOff({ caller, params: { id: webhookId }, body: { reason } })
    known.delete(webhookId)
    logger.warn({ webhookId, workspaceId, reason }, 'a webhook was turned off, since its receiver wants no more')
  }

  return async (delivery) => {
    const state = await webhookOf(delivery.webhookId)
    if (state.status !== 'there') return { status: 'skipped', why: 'The webhook was deleted.' }
    if (!state.active) return { status: 'skipped', why: 'The webhook was off.' }
    const event = await readEvent(log, delivery)
    if (event === undefined) return { status: 'skipped', why: 'The event is not in the log.' }
    if (event === 'unreadable')
      return { status: 'dead', lastStatus: null, why: 'The event cannot be read.', tookMs: null }
    const began = performance.now()
    const tried = await attempt(outbound, state, delivery, event, now())
    const tookMs = performance.now() - began
    const verdict = verdictOf(tried, delivery.tries + 1, rule, Math.random())
    switch (verdict.kind) {
      case 'delivered':
        return { status: 'delivered', lastStatus: verdict.status, tookMs }
      case 'retry':
        return { status: 'retrying', lastStatus: verdict.status, why: verdict.why, delayMs: verdict.delayMs, tookMs }
      case 'gone':
        await turnOff(delivery, 'Its receiver answered 410 Gone.')
        return { status: 'dead', lastStatus: verdict.status, why: verdict.why, tookMs }
      case 'dead':
        return { status: 'dead', lastStatus: verdict.status, why: verdict.why, tookMs }
      default:
        return verdict satisfies never
    }
  }
}

async function attempt(
  outbound: Pick<Outbound, 'post'>,
  webhook: LiveWebhook,
  { id, event: name }: Waiting,
  event: Recorded,
  now: number,
): Promise<Tried> {
  const body = JSON.stringify(payloadOf(id, event))
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Parley-Webhooks/1.0',
    'parley-signature': signatureOf(body, signingSecrets(webhook, now), now),
    'parley-delivery': id,
    'parley-event': name,
  }
  try {
    const { status, headers: heard } = await outbound.post(webhook.url, { headers, body })
    return { kind: 'answer', status, retryAfterMs: waitOf(heard['retry-after']) }
  } catch (error) {
    if (!(error instanceof OutboundFailure)) throw error
    return { kind: 'failure', refused: error.kind === 'refused', why: error.message }
  }
}

/** One that cannot be decoded would hold its lane back for ever. */
async function readEvent(
  log: Pick<EventLog, 'readStream'>,
  { stream, revision }: Waiting,
): Promise<Recorded | 'unreadable' | undefined> {
  try {
    for await (const event of log.readStream(stream, { from: revision, max: 1 })) return event
    return undefined
  } catch (error) {
    if (error instanceof UndecodableEvent) return 'unreadable'
    throw error
  }
}

const isOurs = (event: Recorded): event is RecordedEach<WebhookEvent> => Object.hasOwn(webhookEvents, event.type)

async function readWebhook(log: Pick<EventLog, 'readStream'>, id: string): Promise<WebhookState> {
  let state = webhook.initial
  for await (const event of log.readStream(streamOf('webhook', id))) {
    if (isOurs(event)) state = webhook.evolve(state, event, happened(event))
  }
  return state
}
