import type { LogPosition } from '../schemas/envelope.ts'
import type { Projection } from './projection.ts'

/**
 * One filling of a projection's tables, in a Postgres schema of its own. `serving`: the views show it. `standby`: it served before,
 * and is kept for a rollback. `building`: it is being filled.
 */
export interface Generation {
  readonly projection: Projection
  readonly number: number
  /** Version of the projection that fills it. */
  readonly version: number
  readonly shards: number
  readonly state: 'building' | 'serving' | 'standby'
}

export function schemaOf({ projection, number }: Pick<Generation, 'projection' | 'number'>): string {
  return `${projection.name}_g${number}`
}

/** Before everything: nothing has been applied. */
export const start: LogPosition = { commit: -1n, prepare: -1n }

export function isStart(position: LogPosition): boolean {
  return position.commit < 0n
}
