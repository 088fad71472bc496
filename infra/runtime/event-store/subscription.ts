import { setImmediate } from 'node:timers/promises'
import { Rejection } from '../../../schemas/rejection.ts'
import { streamNouns } from '../../../schemas/streams.ts'
import type { Vault } from '../vault/vault.ts'
import { decodeAll } from './decode.ts'
import { Intake } from './intake.ts'
import type { Batch, Delivered, SubscribeOptions } from './log.ts'
import type { StoredEvent } from './stored.ts'
import { type SupervisorOptions, supervise } from './supervisor.ts'
import { backoff, pause } from './time-limit.ts'

export interface SubscriptionOptions extends SupervisorOptions {
  vault: Vault
}

/** How long a batch that is not full waits for more while catching up. */
const lingerMs = 100
/** How often an empty batch tells of progress through events of other nouns while catching up. */
const progressMs = 1000

/** See EventLog.subscribe. */
export async function* subscribe(
  options: SubscriptionOptions,
  { after, nouns = streamNouns, types, maxBatch = 500, signal: caller }: SubscribeOptions,
): AsyncGenerator<Batch> {
  const stop = new AbortController()
  const abort = () => stop.abort()
  caller?.addEventListener('abort', abort, { once: true })
  if (caller?.aborted) abort()
  const { signal } = stop

  const fromEnd = after === 'end'
  const intake = new Intake(Math.max(1000, 2 * maxBatch), fromEnd ? undefined : after)
  signal.addEventListener('abort', () => intake.signal(), { once: true })
  const prefixes = nouns.map((noun) => `${noun}-`)
  const supervisor = supervise(options, { intake, prefixes, fromEnd, signal })
  const isWanted = types === undefined ? () => true : ({ type }: StoredEvent) => types.includes(type)
  // One batch is decoded ahead, while the consumer waits for its own writes.
  const ahead = () => nextBatch(options, intake, { max: maxBatch, isWanted, signal })
  let next = ahead()
  try {
    for (;;) {
      const batch = await next
      if (batch === undefined || signal.aborted) return
      next = ahead()
      yield batch
    }
  } finally {
    abort()
    caller?.removeEventListener('abort', abort)
    await Promise.allSettled([next, supervisor])
  }
}

interface Cut {
  max: number
  isWanted: (event: StoredEvent) => boolean
  signal: AbortSignal
}

async function nextBatch(options: SubscriptionOptions, intake: Intake, { max, isWanted, signal }: Cut) {
  await filled(intake, max, signal)
  if (signal.aborted) return undefined
  const { events, position, caughtUp } = intake.take(max)
  const delivered = await decodePatiently(options, events.filter(isWanted), signal)
  return { events: delivered, position: position ?? { commit: 0n, prepare: 0n }, caughtUp }
}

/** Live, anything is worth a batch at once; catching up, a full one is waited for, a little while. */
async function filled(intake: Intake, max: number, signal: AbortSignal): Promise<void> {
  let since: number | undefined
  while (!signal.aborted && intake.size < max) {
    const something = intake.size > 0 || intake.hasNews
    if (something && intake.live) {
      // What came in the same turn of the event loop goes into the same batch.
      await setImmediate()
      return
    }
    if (!something) {
      await intake.change(1)
    } else {
      since ??= Date.now()
      const left = (intake.size > 0 ? lingerMs : progressMs) - (Date.now() - since)
      if (left <= 0) return
      await intake.change(max, left)
    }
  }
}

/** Decodes; waits for the vault as long as it is away, for ever if need be: nothing may be skipped for want of a key. */
async function decodePatiently(
  { vault, logger }: SubscriptionOptions,
  events: readonly StoredEvent[],
  signal: AbortSignal,
): Promise<Delivered[]> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await decodeAll(events, vault)
    } catch (error) {
      if (!(error instanceof Rejection) || error.code !== 'unavailable') throw error
      if (signal.aborted) return []
      logger.warn({ failures, reason: error.message }, 'Events wait to be decoded')
      await pause(backoff(failures), signal)
    }
  }
}
