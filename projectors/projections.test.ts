import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Batch } from '../infra/runtime/event-store/log.ts'
import { erasedValue } from '../infra/runtime/event-store/seal.ts'
import { definitionOf } from '../schemas/catalog.ts'
import type { Recorded } from '../schemas/envelope.ts'
import { checksumOf } from './checksum.ts'
import { type Generation, schemaOf } from './generation.ts'
import { facetsOf } from './inbox/facets.ts'
import type { ConversationRow } from './inbox/fold.ts'
import { Lane } from './lane.ts'
import type { Projection } from './projection.ts'
import { openRegistry, type Registry } from './registry.ts'
import { projections } from './screens.ts'
import { connect } from './sql.ts'
import { columnsOf, type Row, snake } from './table.ts'
import { type Arena, openArena } from './testing/arena.ts'
import { type AutomationPlot, automationHistories } from './testing/automation-history.ts'
import { type FlowPlot, flowHistories } from './testing/flow-history.ts'
import { type History, historyOf, type Plot, type Step } from './testing/history.ts'
import { naiveTables } from './testing/oracle.ts'
import { recorded } from './testing/recorded.ts'

const tag = fc.constantFrom('billing', 'vip', 'a "b", {c}\\', 'NULL')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('message' as const),
      by: fc.constantFrom('visitor', 'agent', 'ai', 'bot', 'system'),
      words: fc.constantFrom('', 'Hello', 'null', '🙂 "quoted", {braces}\\ and\nlines', 'x'.repeat(3000)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('read', 'park', 'close', 'assign', 'unassign', 'note', 'rate', 'deliver', 'handOver'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('tag', 'untag'), tag }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const) }) },
)
const plot = fc.record({
  workspace: fc.integer({ min: 0, max: 2 }),
  startedBy: fc.constantFrom('visitor', 'agent'),
  steps: fc.array(fc.record({ step, afterMs: fc.integer({ min: 0, max: 40 * 60_000 }) }), { maxLength: 25 }),
})

const flowPlot: fc.Arbitrary<FlowPlot> = fc.record({
  edits: fc.array(fc.constantFrom('rename', 'redraw', 'activate', 'activate', 'deactivate', 'delete'), {
    maxLength: 6,
  }),
  runs: fc.array(fc.array(fc.constantFrom('wait', 'miss', 'leave', 'leave', 'end'), { maxLength: 8 }), {
    maxLength: 4,
  }),
})

const automationPlot: fc.Arbitrary<AutomationPlot> = fc.record({
  edits: fc.array(fc.constantFrom('rename', 'quieten', 'redirect', 'toggle', 'delete'), { maxLength: 6 }),
  runs: fc.array(fc.constantFrom('skipped', 'fired', 'done', 'refused'), { maxLength: 5 }),
  occasions: fc.array(
    fc.array(fc.constantFrom('skipped', 'fired', 'done', 'refused'), { minLength: 1, maxLength: 4 }),
    { maxLength: 3 },
  ),
})

describe('every projection', () => {
  let arena: Arena
  let registry: Registry

  before(async () => {
    arena = await openArena()
    registry = await openRegistry(arena.sql, new URL(arena.stack.config.readDatabaseUrl).username)
  })
  after(() => arena.stop())

  /** Fills a generation of its own with the events, cut into batches. */
  async function filled(projection: Projection, batches: readonly Batch[], shards = 1): Promise<Generation> {
    const generation = await registry.create(projection, shards, 'building')
    const lanes = await Promise.all(
      Array.from({ length: shards }, async (_, shard) =>
        Lane.open(await connect(arena.stack.config, 'test'), generation, shard),
      ),
    )
    await Promise.all(
      lanes.map(async (lane) => {
        for (const batch of batches) await lane.apply(batch)
        await lane.close()
      }),
    )
    return generation
  }

  async function tableRows(generation: Generation): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>()
    for (const table of generation.projection.tables) {
      const columns = columnsOf(table).map((name) => `${snake(name)} as "${name}"`)
      const rows = await arena.sql.query(`select ${columns.join(', ')} from ${schemaOf(generation)}.${table.name}`)
      found.set(table.name, sorted(rows))
    }
    return found
  }

  it('gives the same tables however the log is cut, split or repeated, and as a naive fold', async function () {
    this.timeout(120_000)
    await fc.assert(
      fc.asyncProperty(
        fc.array(plot, { minLength: 1, maxLength: 6 }),
        fc.array(flowPlot, { maxLength: 2 }),
        fc.array(automationPlot, { maxLength: 2 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        async (plots, flowPlots, automationPlots, sizes, chance) => {
          const others = [
            ...flowPlots.flatMap((one, index) => flowHistories(`flow-${index}`, one)),
            ...automationPlots.flatMap((one, index) => automationHistories(`automation-${index}`, one)),
          ]
          const log = interleaved(plots as Omit<Plot, 'seed'>[], chance, others)
          for (const projection of projections) {
            const small = await filled(projection, repeated(cut(log, sizes)))
            const big = await filled(projection, cut(log, [log.length]))
            const split = await filled(projection, cut(log, sizes), 4)
            const { checksum } = await checksumOf(arena.sql, big)
            assert.equal((await checksumOf(arena.sql, small)).checksum, checksum)
            assert.equal((await checksumOf(arena.sql, split)).checksum, checksum)
            const again = await filled(projection, cut(withoutErasedWords(log), sizes))
            assert.equal((await checksumOf(arena.sql, again)).checksum, checksum)
            const naive = naiveTables(projection, log)
            const expected = [...naive].map(([name, rows]): [string, string[]] => [name, sorted([...rows.values()])])
            assert.deepEqual(await tableRows(small), new Map(expected))
            for (const generation of [small, big, split, again]) await registry.drop(generation)
          }
        },
      ),
      { numRuns: 5 },
    )
  })

  it('counts conversations by facet as a count over them would', () => {
    fc.assert(
      fc.property(fc.array(plot, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (plots, chance) => {
        const inbox = projections.find(({ name }) => name === 'inbox')
        assert.ok(inbox !== undefined)
        const tables = naiveTables(inbox, interleaved(plots as Omit<Plot, 'seed'>[], chance))
        const counted = new Map<string, number>()
        for (const row of tables.get('conversations')?.values() ?? []) {
          for (const { n, ...facet } of facetsOf(row as ConversationRow, 1)) {
            const key = Object.values(facet).join('\n')
            counted.set(key, (counted.get(key) ?? 0) + n)
          }
        }
        const kept = [...(tables.get('conversation_facets') ?? [])].map(([, { n, ...facet }]): [string, number] => [
          Object.values(facet).join('\n'),
          Number(n),
        ])
        assert.deepEqual(new Map(kept), counted)
      }),
      { numRuns: 50 },
    )
  })
})

/** One log of several conversations and what else there is, each in its own order. */
function interleaved(
  plots: readonly Omit<Plot, 'seed'>[],
  chance: fc.Stream<number>,
  others: readonly History[] = [],
): Recorded[] {
  const conversations = plots.map((one, index) => historyOf({ ...one, seed: `plot-${index}` }))
  const waiting = [...conversations, ...others].map((history) => recorded(history))
  const log: Recorded[] = []
  while (waiting.some((events) => events.length > 0)) {
    const open = waiting.filter((events) => events.length > 0)
    const [next] = open[(chance.next().value ?? 0) % open.length]?.splice(0, 1) ?? []
    const place = BigInt(log.length)
    if (next !== undefined) log.push({ ...next, position: { commit: place, prepare: place } })
  }
  return log
}

/** The log as it is read once contacts have been erased: what a rebuild sees from then on. */
function withoutErasedWords(log: readonly Recorded[]): Recorded[] {
  const erased = new Set(log.filter(({ type }) => type === 'ConversationErased').map(({ stream }) => stream))
  return log.map((event) => (erased.has(event.stream) ? { ...event, data: wordless(event) } : event))
}

function wordless({ type, data }: Recorded): unknown {
  const definition = definitionOf(type)
  if (definition === undefined || typeof data !== 'object') return data
  const gone = definition.personal.filter((field) => data !== null && Object.hasOwn(data, field))
  return {
    ...data,
    ...Object.fromEntries(gone.map((field) => [field, erasedValue(definition.data.properties[field])])),
  }
}

function cut(log: readonly Recorded[], sizes: readonly number[]): Batch[] {
  const batches: Batch[] = []
  for (let from = 0, turn = 0; from < log.length; turn++) {
    const events = log.slice(from, from + (sizes[turn % sizes.length] ?? 1))
    from += events.length
    batches.push({ events, position: events.at(-1)?.position ?? { commit: 0n, prepare: 0n }, caughtUp: false })
  }
  return batches
}

/** Every other batch comes again. */
function repeated(batches: readonly Batch[]): Batch[] {
  return batches.flatMap((batch, index) => (index % 2 === 0 ? [batch, batch] : [batch]))
}

function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
}
