import { createHash } from 'node:crypto'
import type pg from 'pg'
import { Rejection } from '../../../schemas/rejection.ts'
import { KeyedQueue } from '../keyed-queue.ts'
import { isOutage } from '../outage.ts'

export interface LockOptions {
  /** How long to wait for those who have it, in milliseconds; less than the pool's query_timeout. Default 5000. */
  waitMs?: number
}

/**
 * Does the work while nobody else, in this or any other process, does work under the same name. The lock is given back whatever
 * happens, also when this process dies.
 *
 * The signal aborts when the connection that holds the lock is lost: others may have it from then on, so that work which goes on asks
 * `lost.throwIfAborted()` before each thing that must not happen twice. Its reason is a Rejection('unavailable').
 *
 * Throws Rejection('unavailable') when it is not to be had in time, or Postgres is away; else what the work throws.
 */
export type WithLock = <T>(name: string, work: (lost: AbortSignal) => Promise<T>, options?: LockOptions) => Promise<T>

/**
 * Session locks of Postgres (pg_advisory_lock), each on a connection of its own while it is wanted; those of this process who want the
 * same one queue up here, on one connection. Give it a pool that the work does not use: work that waits for a connection while others
 * wait with theirs for the lock would wait for ever.
 */
export function createLock(pool: pg.Pool): WithLock {
  const queue = new KeyedQueue()
  return (name, work, { waitMs = 5000 } = {}) => {
    const until = performance.now() + waitMs
    return queue.run(name, async () => {
      const left = Math.ceil(until - performance.now())
      if (left <= 0) throw busy()
      return underLock(await connected(pool), keyOf(name), left, work)
    })
  }
}

async function underLock<T>(
  client: pg.PoolClient,
  key: bigint,
  waitMs: number,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const loss = new AbortController()
  const lose = (cause: Error) => loss.abort(unavailable(cause))
  client.on('error', lose)
  const leave = (broken: Error | undefined) => {
    client.off('error', lose)
    // A connection of which it is not known that it holds no lock is closed, and Postgres then frees what it held.
    client.release(broken)
  }
  try {
    await acquire(client, key, waitMs)
  } catch (error) {
    leave(errorOf(error))
    throw error
  }
  try {
    return await work(loss.signal)
  } finally {
    leave(await release(client, key))
  }
}

/** A line that goes dead without a word frees the lock within half a minute, so that no lost machine keeps it for hours. */
const mindDeadLines = 'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3'

async function acquire(client: pg.PoolClient, key: bigint, waitMs: number): Promise<void> {
  try {
    await client.query(`${mindDeadLines}; set lock_timeout = ${waitMs}; select pg_advisory_lock(${key})`)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === lockNotAvailable) throw busy()
    throw isOutage(error) ? unavailable(error) : error
  }
}

/** Why the connection is not to be used again, if it is not. */
async function release(client: pg.PoolClient, key: bigint): Promise<Error | undefined> {
  try {
    await client.query(`select pg_advisory_unlock(${key})`)
    return undefined
  } catch (error) {
    return errorOf(error)
  }
}

async function connected(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw isOutage(error) ? unavailable(error) : error
  }
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** SQLSTATE of a lock_timeout that has passed. */
const lockNotAvailable = '55P03'

/** Postgres knows its advisory locks by 64-bit numbers. */
function keyOf(name: string): bigint {
  return createHash('sha256').update(`parley ${name}`).digest().readBigInt64BE()
}

function busy(): Rejection {
  return new Rejection('unavailable', 'Others are changing the same at this moment; please try again.')
}

function unavailable(cause: unknown): Rejection {
  return Object.assign(new Rejection('unavailable', 'The store of locks cannot be reached; please try again.'), {
    cause,
  })
}
