import { blockSize, classOf, middleOf } from '../../schemas/duration-scale.ts'
import { piecesOf, quarterMs } from '../statistics/sums.ts'

/** Durations that percentiles are asked of, as the read models name them. */
export type Timed = 'firstResponse' | 'resolved'

/** How many durations are of each class: a block of classes of whole days, or the durations at an edge of the window one by one. */
export interface BlockRow {
  figure: Timed
  block: number
  counts: number[]
}
export interface EdgeRow {
  figure: Timed
  sign: 1 | -1
  values: number[]
}

const counters = Array.from({ length: blockSize }, (_, n) => `sum(n${n})`)

/** The blocks of the whole days, UTC, of a window; its edges are not in them. */
export function blocksSql(from: number, to: number): string {
  const [days] = piecesOf([from, to]).days
  return `select figure, block, array[${counters.join(', ')}] as counts from read.statistics_histograms
    where workspace_id = :workspaceId and figure in ('firstResponse', 'resolved')
      and day >= ${days?.low ?? 0} and day < ${days?.high ?? 0} group by figure, block`
}

/** What the edges add to the whole days, or take from them. */
export function edgesSql(from: number, to: number): string {
  const time = (quarter: number) => `'${new Date(quarter * quarterMs).toISOString()}'::timestamptz`
  const edges = piecesOf([from, to]).quarters.map(
    ({ low, high, sign }) => `select figure, ${sign} as sign, array_agg(value) as values
      from read.statistics_samples where workspace_id = :workspaceId and figure in ('firstResponse', 'resolved')
        and at >= ${time(low)} and at < ${time(high)} group by figure`,
  )
  return edges.length === 0 ? 'select 1 where false' : edges.join(' union all ')
}

/** Durations by class, from which percentiles are read. */
export function classesOf(figure: Timed, blocks: readonly BlockRow[], edges: readonly EdgeRow[]): Map<number, number> {
  const classes = new Map<number, number>()
  const count = (index: number, by: number) => {
    if (by !== 0) classes.set(index, (classes.get(index) ?? 0) + by)
  }
  for (const { block, counts } of blocks.filter((row) => row.figure === figure)) {
    for (const [n, by] of counts.entries()) count(block * blockSize + n, by)
  }
  for (const { sign, values } of edges.filter((row) => row.figure === figure)) {
    for (const value of values) count(classOf(value), sign)
  }
  return classes
}

/** The duration that a share of all do not exceed (nearest rank), in ms, within 1 %; undefined without any. */
export function percentileOf(classes: ReadonlyMap<number, number>, share: number): number | undefined {
  const ascending = [...classes].sort(([a], [b]) => a - b)
  const total = ascending.reduce((sum, [, n]) => sum + n, 0)
  let seen = 0
  for (const [index, n] of ascending) {
    seen += n
    if (n > 0 && seen >= total * share) return middleOf(index)
  }
  return undefined
}
