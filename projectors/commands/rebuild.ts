import { type Progress, progressBar } from '../../infra/runtime/progress.ts'
import { type Checksum, checksumOf } from '../checksum.ts'
import type { Projection } from '../projection.ts'
import { type RebuildProgress, rebuild, rollback } from '../rebuild.ts'
import { openRegistry } from '../registry.ts'
import { projections } from '../screens.ts'
import { connect } from '../sql.ts'
import { Unrunnable } from '../unrunnable.ts'
import type { Asked } from './asked.ts'

interface Report {
  action: 'rebuild' | 'rollback'
  seconds: number
  events: number
  eventsPerSecond: number
  projections: { projection: string; before: Checksum | null; after: Checksum; equal: boolean | null }[]
}

/** `rebuild NAME|all` and `rollback NAME|all`: shows how far it is, and the checksums of the tables before and after. */
export async function rebuildCommand(asked: Asked, action: 'rebuild' | 'rollback'): Promise<void> {
  const { config, log, signal, json } = asked
  const chosen = chosenBy(asked.args[0])
  const sql = await connect(config, 'projectors checksum')
  const bar = progressBar(action, 'events', { quiet: json })
  const show = shown(bar)
  try {
    const registry = await openRegistry(sql, new URL(config.readDatabaseUrl).username)
    const before = new Map<string, Checksum>()
    for (const projection of chosen) {
      const serving = await registry.serving(projection)
      if (serving !== undefined) before.set(projection.name, await checksumOf(sql, serving))
    }
    const since = Date.now()
    let events = 0
    const swapped = await (action === 'rebuild' ? rebuild : rollback)({
      config,
      log,
      projections: chosen,
      signal,
      progress: (seen) => {
        events = seen.events
        show(seen)
      },
    })
    bar.stop()
    const seconds = (Date.now() - since) / 1000
    const report: Report = {
      action,
      seconds,
      events,
      eventsPerSecond: Math.round(events / seconds),
      projections: [],
    }
    for (const { projection, to } of swapped) {
      const was = before.get(projection.name)
      const after = await checksumOf(sql, to)
      report.projections.push({ projection: projection.name, before: was ?? null, after, equal: equality(was, after) })
    }
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report))
    if (report.projections.some(({ equal }) => equal === false)) throw new Unrunnable('The tables differ.')
  } finally {
    bar.stop()
    await sql.close()
  }
}

function chosenBy(name: string | undefined): readonly Projection[] {
  if (name === 'all') return projections
  const found = projections.filter((projection) => projection.name === name)
  const names = projections.map((projection) => projection.name).join(', ')
  if (found.length === 0) throw new Unrunnable(`Say which projection: ${names}, or all.`)
  return found
}

/** Null: they stood at different places in the log, because more was written meanwhile. */
function equality(before: Checksum | undefined, after: Checksum): boolean | null {
  if (before === undefined) return null
  const places = new Set([...before.positions, ...after.positions])
  return places.size === 1 ? before.checksum === after.checksum : null
}

function textOf({ action, seconds, events, eventsPerSecond, projections }: Report): string {
  const lines = projections.map(({ projection, before, after, equal }) => {
    const verdict = equal === null ? 'not comparable: the log has grown meanwhile' : equal ? 'equal' : 'DIFFERENT'
    const was = before === null ? '' : `generation ${before.generation} (${before.rows} rows, ${before.checksum}) -> `
    return `${projection}: ${was}generation ${after.generation} (${after.rows} rows, ${after.checksum}): ${verdict}`
  })
  const speed = `${events} events in ${seconds.toFixed(1)} s (${eventsPerSecond}/s)`
  return `${lines.join('\n')}\n${action} done: ${speed}\n`
}

/** By positions, of which there may be more than events. */
function shown(bar: Progress): (seen: RebuildProgress) => void {
  return ({ events, from, position, head }) => {
    const first = from?.commit ?? 0n
    const total = Math.max(1, Number((head?.commit ?? position.commit) - first))
    bar.update(Math.min(total, Number(position.commit - first)), total, events)
  }
}
