import { tableText } from '../../infra/runtime/table-text.ts'
import { type Outcome, release } from '../parole.ts'
import { listParked, type Parked } from '../quarantine.ts'
import { openRegistry, type Registry } from '../registry.ts'
import { projections } from '../screens.ts'
import { connect, type Sql } from '../sql.ts'
import { Unrunnable } from '../unrunnable.ts'
import type { Asked } from './asked.ts'

/** `list`, `retry [STREAM]` or `discard STREAM`. */
export async function quarantineCommand(asked: Asked): Promise<void> {
  const [action = 'list', stream] = asked.args
  const sql = await connect(asked.config, 'projectors quarantine')
  try {
    const registry = await openRegistry(sql, new URL(asked.config.readDatabaseUrl).username)
    const parked = (await listParked(sql)).filter((one) => stream === undefined || one.stream === stream)
    if (action === 'list') return print(asked, parked, listText(parked))
    if (action !== 'retry' && action !== 'discard') throw new Unrunnable(`quarantine can list, retry or discard.`)
    if (action === 'discard' && stream === undefined)
      throw new Unrunnable('Say which stream: quarantine discard STREAM')
    if (stream !== undefined && parked.length === 0) throw new Unrunnable(`${stream} is not in quarantine.`)
    const results = await releaseAll(asked, sql, registry, parked, action === 'discard')
    print(asked, results, results.map(resultText).join(''))
  } finally {
    await sql.close()
  }
}

interface Result {
  parked: Parked
  outcome: Outcome
}

async function releaseAll(
  { log }: Asked,
  sql: Sql,
  registry: Registry,
  parked: readonly Parked[],
  giveUp: boolean,
): Promise<Result[]> {
  const results: Result[] = []
  for (const one of parked) {
    const projection = projections.find(({ name }) => name === one.projection)
    const generations = projection === undefined ? [] : await registry.generations(projection)
    const generation = generations.find(({ number }) => number === one.generation)
    // A generation of another release is filled by that release alone.
    if (generation === undefined || generation.version !== generation.projection.version) continue
    results.push({ parked: one, outcome: await release(sql, log, generation, one, { giveUp }) })
  }
  return results
}

function listText(parked: readonly Parked[]): string {
  if (parked.length === 0) return 'Nothing is in quarantine.\n'
  const rows = parked.map((one) => [
    one.projection,
    String(one.generation),
    one.stream,
    `${one.type} @ ${one.revision}`,
    String(one.events),
    one.parkedAt,
    one.error,
  ])
  return tableText(['projection', 'generation', 'stream', 'failing event', 'parked', 'since', 'why'], rows)
}

function resultText({ parked, outcome }: Result): string {
  const { projection, stream } = parked
  switch (outcome.kind) {
    case 'released':
      return `${projection} ${stream}: applied ${outcome.events} event(s); it flows again.\n`
    case 'parked':
      return `${projection} ${stream}: still parked, at revision ${outcome.revision}: ${outcome.error}\n`
    case 'gone':
      return `${projection} ${stream}: was not parked any more.\n`
    default:
      return outcome satisfies never
  }
}

function print({ json }: Asked, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text)
}
