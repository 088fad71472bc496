import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import type { JobQueue } from '../../infra/runtime/jobs/queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { RedisClient } from '../../infra/runtime/redis.ts'
import { RedisMark } from '../redis-mark.ts'
import { type AutomationJob, runIdOf } from './job.ts'
import type { AutomationMeters } from './meters.ts'

/** Where the jobs are queued. */
export interface Desk {
  queue: Pick<JobQueue, 'addMany'>
  redis: RedisClient
}

export interface LedgerOptions {
  desk: () => Promise<Desk>
  /** Whether the log says that nothing more will come of a run. */
  isOver: (job: AutomationJob) => Promise<boolean>
  meters: AutomationMeters
  logger: Logger
  now: () => number
}

interface Owed {
  job: AutomationJob
  settle: () => void
  done: Promise<void>
  /** When to look whether it is over, and how long to wait after that. */
  lookAt: number
  waitMs: number
}

const markKey = 'parley:automations:mark'
const everyMs = 1000
const firstLookMs = 5000
const longestMs = 60_000
const together = 500
const looksAtOnce = 32

/**
 * What has been set off and has not come to its end. Redis only brings it to a worker: whatever it loses is queued again from here, and
 * what is lost with this process is found again in the log, since the checkpoint does not pass what is owed.
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #owed = new Map<string, Owed>()
  /** What could not be queued, or may have been lost. */
  #doubt = false

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  /** Has a job done, once for its run; resolves when the run is over. */
  owe(job: AutomationJob): Promise<void> {
    const id = runIdOf(job)
    const known = this.#owed.get(id)
    if (known !== undefined) return known.done
    let settle: () => void = () => undefined
    const done = new Promise<void>((resolve) => {
      settle = resolve
    })
    const lookAt = this.#options.now() + firstLookMs
    this.#owed.set(id, { job, settle, done, lookAt, waitMs: firstLookMs })
    this.#options.meters.owed.set(this.#owed.size)
    void this.#queue([[id, job]])
    return done
  }

  /** A run has come to its end. */
  ended(id: string): void {
    this.#owed.get(id)?.settle()
    this.#owed.delete(id)
    this.#options.meters.owed.set(this.#owed.size)
  }

  /** Another process leads: what is owed is its affair, and it finds that in the log. */
  handOver(): void {
    this.#owed.clear()
    this.#options.meters.owed.set(0)
  }

  /** Looks after what is owed until the signal aborts: what Redis may have lost is queued again, what others have done is settled. */
  async watch({ redis }: Pick<Desk, 'redis'>, signal: AbortSignal): Promise<void> {
    const { logger, meters } = this.#options
    const mark = new RedisMark(redis, markKey)
    try {
      for (; !signal.aborted; await pause(everyMs, signal)) {
        const seen = await mark.look()
        if (seen !== 'kept') this.#doubt = true
        if (seen !== 'away' && this.#doubt && this.#owed.size > 0) {
          this.#doubt = false
          logger.info({ runs: this.#owed.size }, 'runs of automations that are owed are queued again')
          meters.requeued.inc(this.#owed.size)
          await this.#queue([...this.#owed].map(([id, { job }]) => [id, job]))
        }
        await this.#look()
      }
    } finally {
      mark.close()
    }
  }

  /** What has been owed for long may have been done by another process; or its job be lost in a way that nobody saw. */
  async #look(): Promise<void> {
    const { now, isOver, logger } = this.#options
    const due = [...this.#owed].filter(([, { lookAt }]) => lookAt <= now()).slice(0, together)
    const again: [string, AutomationJob][] = []
    const look = async ([id, owed]: [string, Owed]) => {
      if (await isOver(owed.job)) return this.ended(id)
      if (owed.waitMs >= longestMs) again.push([id, owed.job])
      owed.waitMs = Math.min(longestMs, owed.waitMs * 2)
      owed.lookAt = now() + owed.waitMs
    }
    try {
      for (let at = 0; at < due.length; at += looksAtOnce) await Promise.all(due.slice(at, at + looksAtOnce).map(look))
    } catch (error) {
      logger.debug({ error }, 'it cannot be seen which runs are over')
    }
    if (again.length > 0) await this.#queue(again)
  }

  /** A job that is in the queue already stays there once. */
  async #queue(jobs: readonly (readonly [string, AutomationJob])[]): Promise<void> {
    try {
      const { queue } = await this.#options.desk()
      for (let at = 0; at < jobs.length; at += together) {
        await queue.addMany(jobs.slice(at, at + together).map(([id, data]) => ({ id, data })))
      }
    } catch (error) {
      this.#doubt = true
      this.#options.logger.debug({ error, jobs: jobs.length }, 'runs of automations could not be queued; trying again')
    }
  }
}
