import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from '../runtime/config.ts'
import type { Fault } from '../runtime/event-store/audit.ts'
import { LogUnavailable } from '../runtime/event-store/log.ts'
import { type Verdict, verify } from '../runtime/event-store/verification.ts'
import { progressBar } from '../runtime/progress.ts'

const help = `Checks the log: that no event was altered, dropped or put in another place.

  verify [--stream <name>] [--json]

  --stream <name>  only this stream
  --json           one JSON object instead of the table
  --help           this text

Reads EVENTSTORE_URL. Needs neither the vault nor any other store: what is checked is what is stored, sealed fields and all.
For every stream, revisions must be dense from 0, each event must name the hash of the one before it, and its own hash must match its
content, byte for byte. The first event that does not is named.

What a chain cannot tell: that the newest events of a stream, or a stream as a whole, are gone. Compare the numbers of streams and events
with those of an earlier run, or of a backup.

Ends with 0 when all is well, 1 when something was altered, 2 when the log could not be checked.`

function report(verdict: Verdict): string {
  const rate = Math.round(verdict.events / Math.max(verdict.seconds, 0.001))
  const table = [
    ['streams', verdict.streams],
    ['events', verdict.events],
    ['events of others', verdict.foreign],
    ['seconds', verdict.seconds],
    ['events a second', rate],
    ['altered', verdict.faults],
  ].map(([name, value]) => `  ${String(name).padEnd(18)}${String(value).padStart(12)}`)
  const [first, ...others] = verdict.found
  if (first === undefined) return [...table, '', 'The log is intact.'].join('\n')
  const rest =
    others.length > 0 ? ['', 'Then, in the order of the log:', ...others.map((fault) => `  ${line(fault)}`)] : []
  return [...table, '', `The log was altered. First: ${line(first)}`, ...rest].join('\n')
}

function line({ stream, revision, id, type, reason }: Fault): string {
  return `${type} ${id}, revision ${revision} of ${stream}: ${reason}.`
}

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: { stream: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    if (values.help) {
      console.log(help)
      return 0
    }
    const bar = progressBar('verifying', 'events', { quiet: values.json === true })
    const wish = { url: readConfig().eventStoreUrl, stream: values.stream, onProgress: bar.update }
    const verdict = await verify(wish).finally(bar.stop)
    if (values.stream !== undefined && verdict.events === 0) {
      console.error(`There is no stream ${values.stream} in the log.`)
      return 2
    }
    console.log(values.json ? JSON.stringify(verdict) : report(verdict))
    return verdict.ok ? 0 : 1
  } catch (error) {
    const expected = error instanceof LogUnavailable || error instanceof ConfigError || error instanceof TypeError
    console.error(expected ? `The log was not checked. ${error.message}` : error)
    return 2
  }
}

process.exitCode = await main()
