import { setTimeout as sleep } from 'node:timers/promises'
import { comparePositions, type LogPosition } from '../schemas/envelope.ts'
import { Rejection } from '../schemas/rejection.ts'
import type { Reader } from './reader.ts'

/** What a query may read, and so has to wait for. */
export type ProjectionName = 'inbox' | 'messages' | 'search' | 'statistics' | 'directory' | 'automations' | 'flows'

/** Read your writes: how far the projections have come. */
export interface Positions {
  /** Resolves when all of these, or all that there are, have passed the position, in all their shards. Throws Rejection('projection-behind'). */
  passed(names: readonly ProjectionName[] | 'every', position: LogPosition | undefined): Promise<void>
}

type Known = ReadonlyMap<string, LogPosition>

const everyMs = 5

/** Asks Postgres once for all who wait at the same time. */
export function createPositions(reader: Reader, waitForMs: number): Positions {
  let asking: Promise<Known> | undefined

  const ask = () => {
    asking ??= lowest(reader).finally(() => {
      asking = undefined
    })
    return asking
  }

  return {
    async passed(names, position) {
      if (position === undefined) return
      const deadline = Date.now() + waitForMs
      for (;;) {
        const known = await ask()
        const wanted = names === 'every' ? [...known.keys()] : names
        const behind = wanted.filter((name) => !hasPassed(known.get(name), position))
        if (behind.length === 0) return
        if (Date.now() >= deadline) {
          const which = behind.join(' and ')
          throw new Rejection('projection-behind', `What you wait for is not in ${which} yet; ask again in a moment.`)
        }
        await sleep(everyMs)
      }
    },
  }
}

function hasPassed(known: LogPosition | undefined, position: LogPosition): boolean {
  return known !== undefined && comparePositions(known, position) >= 0
}

/** Of each projection, where the shard stands that is furthest behind. */
async function lowest(reader: Reader): Promise<Known> {
  const rows = await reader.rows<{ projection: string; commit: string; prepare: string }>(
    'select distinct on (projection) projection, commit, prepare from read.positions order by projection, commit, prepare',
  )
  return new Map(
    rows.map(({ projection, commit, prepare }) => [projection, { commit: BigInt(commit), prepare: BigInt(prepare) }]),
  )
}
