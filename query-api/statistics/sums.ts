import type { Measure } from '../../projectors/statistics/fold.ts'

/** Whose sums are asked for (projectors/statistics/tables.ts). */
export type Dimension = '' | 'channel' | 'source' | 'agent' | 'tag'

/** Sums of one window between two boundaries; `key` names what the dimension divides, and is empty where it divides nothing. */
export type SumRow<M extends Measure> = { window: number; key: string } & Record<M, number>

export interface Wanted<M extends Measure> {
  dimension: Dimension
  /** Instants in ms, ascending; between each two lies a window. Midnights of any zone: all zones of today keep to quarter-hours. */
  boundaries: readonly number[]
  measures: readonly M[]
}

export const quarterMs = 900_000
const quartersADay = 96

/**
 * The statement that sums up windows, each from the whole days, UTC, that are next to it, more or less the quarters of an hour at both
 * edges. So it reads a row a day and at most 96 for the edges, and no more when the history is long. It answers SumRow; windows
 * without any are left out.
 */
export function sumsSql<M extends Measure>({ dimension, boundaries, measures }: Wanted<M>): string {
  const { days, quarters } = piecesOf(boundaries)
  const summed = measures.map((name) => `sum(${snake(name)})::float8 as ${snake(name)}`).join(', ')
  // Each stretch is summed up by itself: Postgres goes there by index, and does not try its luck with a join.
  const stretches = (pieces: readonly Piece[], table: string, time: string) => `
      select p.piece, p.sign, s.* from ${unnested(pieces)} cross join lateral (
        select t.key, ${summed} from read.${table} t
        where t.workspace_id = :workspaceId and t.dimension = '${dimension}' and t.${time} >= p.low and t.${time} < p.high
        group by t.key) s`
  return `select piece as "window", key, ${measures.map((name) => `sum(sign * ${snake(name)}) as "${name}"`).join(', ')}
    from (${stretches(days, 'statistics_days', 'day')} union all ${stretches(quarters, 'statistics_quarters', 'quarter')}
    ) pieces group by piece, key`
}

/** A stretch of days or of quarters that is added to a window, or taken from it. */
export interface Piece {
  window: number
  low: number
  high: number
  sign: 1 | -1
}

/** What windows are made of. */
export function piecesOf(boundaries: readonly number[]): { days: Piece[]; quarters: Piece[] } {
  const at = boundaries.map((ms) => Math.round(ms / quarterMs))
  const days: Piece[] = []
  const quarters: Piece[] = []
  for (const [window, from] of at.slice(0, -1).entries()) {
    const to = at[window + 1] ?? from
    const [firstDay, lastDay] = [nearestDay(from), nearestDay(to)]
    days.push({ window, low: firstDay, high: lastDay, sign: 1 })
    quarters.push(edge(window, from, firstDay * quartersADay, 1), edge(window, to, lastDay * quartersADay, -1))
  }
  const some = ({ low, high }: Piece) => low < high
  return { days: days.filter(some), quarters: quarters.filter(some) }
}

function nearestDay(quarter: number): number {
  return Math.round(quarter / quartersADay)
}

/** What lies between a boundary and the midnight UTC next to it; `sign` is that of what comes before the midnight. */
function edge(window: number, boundary: number, midnight: number, sign: 1 | -1): Piece {
  return boundary < midnight
    ? { window, low: boundary, high: midnight, sign }
    : { window, low: midnight, high: boundary, sign: sign === 1 ? -1 : 1 }
}

/** Numbers of ours, so that they may stand in the statement. */
function unnested(pieces: readonly Piece[]): string {
  const list = (name: keyof Piece) => `'{${pieces.map((piece) => piece[name]).join(',')}}'::int[]`
  return `unnest(${list('window')}, ${list('low')}, ${list('high')}, ${list('sign')}) p(piece, low, high, sign)`
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
