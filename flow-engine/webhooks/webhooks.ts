import type { Registry } from 'prom-client'
import type { Config } from '../../infra/runtime/config.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import { createOutbound } from '../../infra/runtime/http/outbound.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { type Patience, patiently, together } from '../patience.ts'
import { createLaneLocks } from './lane-locks.ts'
import { workLane } from './lanes.ts'
import { createLanesBook, type Lane } from './lanes-book.ts'
import { createWebhookMeters } from './meters.ts'
import type { Office } from './office.ts'
import { createQueueBook } from './queue-book.ts'
import { queueDeliveries } from './queueing.ts'
import { type ReplayOptions, replayAll } from './replays.ts'
import { createSend } from './send.ts'
import { ensureTables } from './tables.ts'

export interface WebhooksOptions {
  config: Config
  logger: Logger
  registry: Registry
  /** POST /internal/webhooks/{id}/turn-off */
  turnOff: ServiceCall<unknown>
}

/** Outgoing webhooks: the leading process queues what they are to be sent, and every process delivers. */
export interface Webhooks {
  /** Follows the log until the signal aborts: of one process at a time. */
  follow(options: { log: EventLog; head: LogPosition | undefined; patience: Patience }): Promise<void>
  close(): Promise<void>
}

/** How often rows are looked for whose alarm was lost, with Redis or a process; and how late they are then. */
const sweepMs = 2000
const lateMs = 3000
const sweptAtOnce = 1000
const pruneMs = 3_600_000
/** How often redeliveries are looked for. */
const replayMs = 500

export function createWebhooks({ config, logger, registry, turnOff }: WebhooksOptions): Webhooks {
  // One connection holds the locks of lanes.
  const pool = createPool(config.databaseUrl, {
    name: 'flow-engine webhooks',
    connections: 6,
    lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
  })
  // Of all processes one hears of erasures, so none keeps a key: what is sent has no words any more once the key is dropped.
  const reads = createEventLog({
    config,
    vault: createVault({ pool, masterKey: config.vaultKey, cacheSeconds: 0 }),
    logger,
  })
  const readRole = new URL(config.readDatabaseUrl).username
  const stopping = new AbortController()
  const book = createLanesBook(pool)
  const meters = createWebhookMeters(registry)
  const locks = createLaneLocks(pool)
  const outbound = createOutbound({
    allowPrivate: config.outboundPrivate === 'on',
    timeoutMs: config.webhookTimeoutMs,
    maxBytes: 4096,
  })
  const send = createSend({
    ...{ log: reads, logger, outbound, turnOff, now: Date.now },
    rule: { attempts: config.webhookAttempts, retryMs: config.webhookRetryMs },
  })

  // Where there is no webhook, neither queue nor Redis is touched: they cost memory that most installations need not spend.
  let office: Promise<Office> | undefined
  const opened = (): Promise<Office> => {
    office ??= openFirst().catch((error: unknown) => {
      office = undefined
      throw error
    })
    return office
  }
  const openFirst = async (): Promise<Office> => {
    const { openOffice } = await import('./office.ts')
    const work = (lane: Lane) => workLane({ book, locks, send, logger, meters, wake, stopping: stopping.signal }, lane)
    return openOffice({ config, logger, work })
  }
  const ring = (how: (office: Office) => Promise<void>) => {
    opened()
      .then(how)
      .catch((error: unknown) => logger.debug({ error }, 'an alarm could not be set; the sweep finds what it was for'))
  }
  const wake = (lane: Lane, delayMs: number) => ring((to) => to.ring(lane, delayMs))

  const sweeping = sweep().catch((error: unknown) => logger.fatal({ error }, 'the sweep of webhooks has ended'))
  async function sweep(): Promise<void> {
    const { signal } = stopping
    const patience: Patience = {
      signal,
      failed: (error, failures) => {
        const report = failures < 5 ? logger.debug : logger.warn
        report.call(logger, { error, failures }, 'the queue of webhooks cannot be looked after; trying again')
      },
    }
    const look = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await patiently(work, patience)
      } catch (error) {
        if (signal.aborted) return otherwise
        throw error
      }
    }
    await look(() => ensureTables(pool, readRole), undefined)
    meters.countWith(() => book.depth())
    let tookMs = 0
    let pruned = Number.NEGATIVE_INFINITY
    // Where very much waits, looking takes its time: a tenth of it all at most.
    for (; !signal.aborted; await pause(Math.max(sweepMs, 9 * tookMs), signal)) {
      // Who does not lead rings for nobody, and would else take part only when the leader is late.
      if (office === undefined && (await look(() => book.isUsed(), false))) ring(async () => undefined)
      const began = performance.now()
      for (const lane of await look(() => book.overdue(lateMs, sweptAtOnce), [])) ring((to) => to.ringOnce(lane))
      tookMs = performance.now() - began
      if (performance.now() - pruned < pruneMs) continue
      pruned = performance.now()
      const gone = await look(() => book.prune(config.webhookLogDays), 0)
      if (gone > 0) logger.info({ gone }, 'old deliveries to webhooks were forgotten')
    }
  }

  return {
    async follow({ log, head, patience }) {
      await patiently(() => ensureTables(pool, readRole), patience)
      const wakeAll = (lanes: readonly Lane[]) => {
        for (const lane of lanes) wake(lane, 0)
      }
      await together(patience.signal, (signal) => {
        const own = { ...patience, signal }
        return [
          queueDeliveries({ log, logger, head, patience: own, wake: wakeAll, book: createQueueBook(pool) }),
          replaying({ pool, log, logger, wake: wakeAll, signal }, own),
        ]
      })
    },
    async close() {
      stopping.abort()
      await sweeping
      const open = await office?.catch(() => undefined)
      await open?.close()
      await outbound.close()
      locks.close()
      await Promise.all([reads.close(), pool.end()])
    },
  }
}

async function replaying(options: ReplayOptions, patience: Patience): Promise<void> {
  while (!options.signal.aborted) {
    await patiently(() => replayAll(options), patience)
    await pause(replayMs, options.signal)
  }
}
