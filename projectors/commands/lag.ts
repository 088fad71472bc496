import { tableText } from '../../infra/runtime/table-text.ts'
import { type Lag, lags } from '../lag.ts'
import { openRegistry } from '../registry.ts'
import { projections } from '../screens.ts'
import { connect } from '../sql.ts'
import type { Asked } from './asked.ts'

/** Prints a line for each projection and shard. */
export async function lagCommand({ config, log, json }: Asked): Promise<void> {
  const sql = await connect(config, 'projectors lag')
  try {
    const registry = await openRegistry(sql, new URL(config.readDatabaseUrl).username)
    const found = await lags(sql, log, registry, projections)
    process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : textOf(found))
  } finally {
    await sql.close()
  }
}

function textOf(found: readonly Lag[]): string {
  if (found.length === 0) return 'No projection has run yet.\n'
  const rows = found.map(({ projection, generation, shard, position, head, positions, seconds, parkedStreams }) => [
    projection,
    String(generation),
    String(shard),
    position,
    head ?? '-',
    String(positions),
    seconds.toFixed(1),
    String(parkedStreams),
  ])
  return tableText(
    ['projection', 'generation', 'shard', 'position', 'end of log', 'positions behind', 'seconds', 'parked'],
    rows,
  )
}
