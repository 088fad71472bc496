import { pause } from '../infra/runtime/event-store/time-limit.ts'
import type { WithLock } from '../infra/runtime/lock/lock.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import { Rejection } from '../schemas/rejection.ts'

export interface Leading {
  withLock: WithLock
  logger: Logger
  signal: AbortSignal
  /** Told when this process takes over, and when it no longer leads. */
  changed: (leads: boolean) => void
}

/**
 * Of all processes, one works; the others wait for its lock, and one of them goes on when it dies. The work ends when its signal aborts:
 * since this process stops, or since it has lost the lock.
 */
export async function whileLeading(
  { withLock, logger, signal, changed }: Leading,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lead = async (lost: AbortSignal) => {
    if (signal.aborted) return
    changed(true)
    logger.info('this process does the reactions now')
    const either = AbortSignal.any([signal, lost])
    try {
      await work(either)
    } catch (error) {
      if (!either.aborted) throw error
    } finally {
      changed(false)
    }
    if (lost.aborted) logger.warn({ error: lost.reason }, 'the lock was lost')
  }
  while (!signal.aborted) {
    try {
      await withLock('reactions', lead, { waitMs: 3000 })
    } catch (error) {
      // Another process leads, or Postgres is away: both are waited for.
      if (!(error instanceof Rejection && error.code === 'unavailable')) throw error
      logger.debug({ error }, 'not leading')
      await pause(100, signal)
    }
  }
}
