import { createHash } from 'node:crypto'
import type pg from 'pg'

/** Says who of all processes works a lane. */
export interface LaneLocks {
  /**
   * Does the work while nobody else, here or elsewhere, works the lane; undefined when somebody does. The signal aborts when the lock may
   * be lost: the work asks `lost.throwIfAborted()` before each thing that must not be done twice at the same time.
   */
  whileMine<T>(lane: string, work: (lost: AbortSignal) => Promise<T>): Promise<T | undefined>
  close(): void
}

interface Line {
  client: pg.PoolClient
  lost: AbortController
}

/**
 * Session locks of Postgres, all of a process on one connection, which Postgres frees at once when the process dies. A session may take
 * the same lock twice, so this process keeps its own list as well.
 */
export function createLaneLocks(pool: pg.Pool): LaneLocks {
  const mine = new Set<string>()
  let line: Promise<Line> | undefined

  const connect = async (): Promise<Line> => {
    const client = await pool.connect()
    const lost = new AbortController()
    client.on('error', (error) => end(lost, client, error))
    return { client, lost }
  }
  const end = (lost: AbortController, client: pg.PoolClient, error: Error) => {
    if (lost.signal.aborted) return
    lost.abort(error)
    line = undefined
    client.release(error)
  }
  const connected = (): Promise<Line> => {
    line ??= connect().catch((error: unknown) => {
      line = undefined
      throw error
    })
    return line
  }
  /** A connection that does not answer is not known to hold its locks. */
  const ask = async ({ client, lost }: Line, text: string, key: bigint): Promise<boolean> => {
    try {
      const { rows } = await client.query<{ done: boolean }>(text, [String(key)])
      return rows[0]?.done === true
    } catch (error) {
      end(lost, client, error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  return {
    async whileMine(lane, work) {
      if (mine.has(lane)) return undefined
      mine.add(lane)
      try {
        const key = keyOf(lane)
        const held = await connected()
        if (!(await ask(held, 'select pg_try_advisory_lock($1) as done', key))) return undefined
        try {
          return await work(held.lost.signal)
        } finally {
          if (!held.lost.signal.aborted) await ask(held, 'select pg_advisory_unlock($1) as done', key)
        }
      } finally {
        mine.delete(lane)
      }
    },
    close() {
      line?.then(
        ({ client, lost }) => end(lost, client, new Error('this process stops')),
        // There is nothing to give back.
        () => undefined,
      )
    },
  }
}

function keyOf(lane: string): bigint {
  return createHash('sha256').update(`parley webhook lane ${lane}`).digest().readBigInt64BE()
}
