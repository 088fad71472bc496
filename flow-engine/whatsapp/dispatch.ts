import type { Logger } from '../../infra/runtime/logger.ts'
import type { DeliveryError } from '../../schemas/conversation/delivery.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Delivered } from './deliver.ts'
import type { WhatsappMeters } from './meters.ts'
import type { DueItem, Item, Outbox } from './outbox.ts'

export interface DispatchOptions {
  outbox: Outbox
  deliver: (item: Item) => Promise<Delivered>
  recordFailure: (item: Item, error: DeliveryError) => Promise<void>
  attempts: number
  retryMs: number
  meters: WhatsappMeters
  logger: Logger
  patience: Patience
}

/** Conversations that are served at the same time: most of the time of each is waiting for WhatsApp. */
const atOnce = 16
/** What others have put back is found so late at most. */
const lookEveryMs = 2000
const longestPauseMs = 3_600_000

/** Sends what is in the outbox: of each conversation one message at a time, in order. */
export class Dispatch {
  readonly #options: DispatchOptions
  /** By conversation. */
  readonly #underWay = new Map<string, Promise<void>>()
  #isWoken = false
  #endNap: () => void = () => undefined

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  /** There is more to do. */
  wake(): void {
    this.#isWoken = true
    this.#endNap()
  }

  /** Until the signal aborts; what is under way then is brought to an end, or left for the next who leads. */
  async run(): Promise<void> {
    const { outbox, patience } = this.#options
    const { signal } = patience
    signal.addEventListener('abort', () => this.wake(), { once: true })
    try {
      while (!signal.aborted) {
        this.#isWoken = false
        const free = atOnce - this.#underWay.size
        const due = free === 0 ? [] : await patiently(() => outbox.due(free, [...this.#underWay.keys()]), patience)
        for (const item of due) this.#begin(item)
        if (!this.#isWoken) await this.#nap()
      }
    } finally {
      await Promise.all(this.#underWay.values())
    }
  }

  #nap(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookEveryMs)
      this.#endNap = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #begin(item: DueItem): void {
    const { logger } = this.#options
    const work = this.#settle(item)
      .catch((error: unknown) => {
        // It is still in the outbox, and due: whoever leads next takes it up.
        if (!this.#options.patience.signal.aborted) logger.error({ error, ...item }, 'a message to WhatsApp is stuck')
      })
      .finally(() => {
        this.#underWay.delete(item.conversationId)
        this.wake()
      })
    this.#underWay.set(item.conversationId, work)
  }

  async #settle(item: DueItem): Promise<void> {
    const { outbox, meters, patience } = this.#options
    const outcome = await this.#try(item)
    if (outcome.kind === 'sent') {
      await patiently(() => outbox.done(item.messageId), patience)
      if (outcome.parts === 0) return
      meters.sent.inc()
      meters.age.observe((Date.now() - Date.parse(item.at)) / 1000)
      return
    }
    const { error } = outcome
    meters.failures.inc({ code: error.code })
    if (outcome.kind === 'retry' && item.tries + 1 < this.#options.attempts) {
      const delayMs = this.#delayOf(item.tries, outcome.notBeforeMs)
      await patiently(() => outbox.postpone(item.messageId, error.why, delayMs), patience)
      if (delayMs < lookEveryMs) setTimeout(() => this.wake(), delayMs).unref()
    } else await this.#giveUp(item, error)
  }

  async #giveUp(item: DueItem, error: DeliveryError): Promise<void> {
    const { outbox, recordFailure, meters, logger, patience } = this.#options
    await recordFailure(item, error)
    await patiently(() => outbox.die(item.messageId, error.why), patience)
    meters.dead.inc()
    const { messageId, conversationId, channelId } = item
    logger.error(
      { messageId, conversationId, channelId, ...error },
      'a message to WhatsApp was given up: see make whatsapp',
    )
  }

  /** What goes wrong on our side of it is tried again as often as what WhatsApp puts off. */
  async #try(item: DueItem): Promise<Delivered> {
    const { deliver, logger, patience } = this.#options
    try {
      return await deliver(item)
    } catch (error) {
      patience.signal.throwIfAborted()
      logger.warn({ error, messageId: item.messageId }, 'a message to WhatsApp could not be prepared')
      const why = 'The message could not be prepared; the log of the server says why.'
      return { kind: 'retry', error: { code: 'internal', why }, notBeforeMs: 0 }
    }
  }

  /** Grows exponentially, and differs from message to message. */
  #delayOf(tries: number, notBeforeMs: number): number {
    const pause = Math.min(this.#options.retryMs * 2 ** tries * (0.5 + Math.random()), longestPauseMs)
    return Math.round(notBeforeMs + pause)
  }
}
