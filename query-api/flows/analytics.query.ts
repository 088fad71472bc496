import { middleOf } from '../../schemas/duration-scale.ts'
import type { FlowAnalytics } from '../../schemas/flow-run/queries.ts'
import type { Reader } from '../reader.ts'

export interface Asked {
  workspaceId: string
  flow: string | undefined
  version: number | undefined
  days: number
  now: Date
}

type Outcomes = FlowAnalytics['runs']
type Versions = FlowAnalytics['versions']
type Node = FlowAnalytics['nodes'][number]

const dayMs = 86_400_000
const outcomes = ['started', 'completed', 'timed_out', 'handed_over', 'failed', 'taken_over', 'stopped'] as const
const sums = outcomes.map((name) => `sum(s.${name})::int as ${name}`).join(', ')

/** What came of flows in the last days, UTC, from the figures that the projection keeps. */
export async function flowAnalytics(reader: Reader, asked: Asked): Promise<FlowAnalytics> {
  const { flow = null, version = null, days } = asked
  const [versions, runs, nodes] = await Promise.all([
    versionsOf(reader, asked),
    totalsOf(reader, asked),
    flow === null ? [] : nodesOf(reader, asked),
  ])
  return { flow, version, days, runs, versions, nodes }
}

/** What part of the tables of figures is asked for. */
function within({ workspaceId, flow, version, days, now }: Asked) {
  const from = Math.floor(now.getTime() / dayMs) - days + 1
  const conditions = [
    's.workspace_id = :workspaceId and s.day >= :from',
    ...(flow === undefined ? [] : ['s.flow_id = :flow']),
    ...(version === undefined ? [] : ['s.version = :version']),
  ]
  const bindings = {
    workspaceId,
    from,
    ...(flow === undefined ? {} : { flow }),
    ...(version === undefined ? {} : { version }),
  }
  return { where: conditions.join(' and '), bindings }
}

async function totalsOf(reader: Reader, asked: Asked): Promise<Outcomes> {
  const { where, bindings } = within(asked)
  const [row] = await reader.rows<Record<keyof Outcomes, number | null>>(
    `select ${sums} from read.flow_stats s where ${where}`,
    bindings,
  )
  const { started, completed, timed_out, handed_over, failed, taken_over, stopped } = row ?? nobody
  return {
    started: started ?? 0,
    completed: completed ?? 0,
    timed_out: timed_out ?? 0,
    handed_over: handed_over ?? 0,
    failed: failed ?? 0,
    taken_over: taken_over ?? 0,
    stopped: stopped ?? 0,
  }
}

const nobody: Outcomes = {
  started: 0,
  completed: 0,
  timed_out: 0,
  handed_over: 0,
  failed: 0,
  taken_over: 0,
  stopped: 0,
}

async function versionsOf(reader: Reader, asked: Asked): Promise<Versions> {
  const { where, bindings } = within(asked)
  return reader.rows<Versions[number]>(
    `select s.flow_id as flow, f.name, s.version, ${sums}
     from read.flow_stats s join read.flows f on f.id = s.flow_id where ${where}
     group by s.flow_id, f.name, f.created_at, s.version order by f.created_at, s.flow_id, s.version desc limit 100`,
    bindings,
  )
}

async function nodesOf(reader: Reader, asked: Asked): Promise<Node[]> {
  const { where, bindings } = within(asked)
  const [counted, timed] = await Promise.all([
    reader.rows<Counted>(
      `select s.node_id as node, s.edge_id as edge, s.trigger, sum(s.entries)::int as entered, sum(s.exits)::int as "left",
         sum(s.misses)::int as missed, sum(s.drops)::int as dropped
       from read.flow_node_stats s where ${where} group by 1, 2, 3 order by 1, 2, 3`,
      bindings,
    ),
    reader.rows<Timed>(
      `select s.node_id as node, s.class, sum(s.n)::int as n
       from read.flow_node_seconds s where ${where} group by 1, 2 order by 1, 2`,
      bindings,
    ),
  ])
  const classes = byNode(timed)
  return [...byNode(counted)]
    .map(([node, rows]) => nodeOf(node, rows, classes.get(node) ?? []))
    .sort((a, b) => b.entered - a.entered)
}

interface Counted {
  node: string
  edge: string
  trigger: string
  entered: number
  left: number
  missed: number
  dropped: number
}
interface Timed {
  node: string
  class: number
  n: number
}

function byNode<R extends { node: string }>(rows: readonly R[]): Map<string, R[]> {
  const found = new Map<string, R[]>()
  for (const row of rows) {
    const known = found.get(row.node)
    if (known === undefined) found.set(row.node, [row])
    else known.push(row)
  }
  return found
}

function nodeOf(node: string, rows: readonly Counted[], timed: readonly Timed[]): Node {
  const sum = (name: 'entered' | 'left' | 'missed' | 'dropped') => rows.reduce((all, row) => all + row[name], 0)
  const entered = sum('entered')
  const dropped = sum('dropped')
  return {
    node,
    entered,
    left: sum('left'),
    missed: sum('missed'),
    dropped,
    drop_off: entered === 0 ? null : Math.round((dropped / entered) * 1000) / 10,
    median_seconds: medianOf(timed),
    edges: rows
      .filter(({ left }) => left > 0)
      .map(({ edge, trigger, left }) => ({ edge: orNull(edge), trigger: orNull(trigger), count: left })),
  }
}

/** The middle one, by class of duration: half of them took no longer. */
function medianOf(timed: readonly Timed[]): number | null {
  const half = timed.reduce((all, { n }) => all + n, 0) / 2
  let seen = 0
  for (const { class: index, n } of timed) {
    seen += n
    if (seen >= half) return Math.round(middleOf(index)) / 1000
  }
  return null
}

const orNull = (text: string) => (text === '' ? null : text)
