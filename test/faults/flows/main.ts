import { createWriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { crash } from './crash.ts'

const help = `Kills flow-engine, command-api, Redis and the event store at random while runs of a flow of ten nodes are under way, lets Redis
forget everything once, and compares what became of each run with its simulation.

  make crash-flows [RUNS=1000] [KILLS=40] [JSON=1] [ARGS='--log FILE']

  --runs N      how many runs
  --kills N     how many processes are killed meanwhile
  --workers N   flow-engine processes (3)
  --log FILE    keep what the processes write
  --json        the result as one line
`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '40' },
    workers: { type: 'string', default: '3' },
    log: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const file = values.log === undefined ? undefined : createWriteStream(values.log)
  const result = await crash({
    runs: Number(values.runs),
    kills: Number(values.kills),
    workers: Number(values.workers),
    together: 16,
    say: (line) => void (values.json || process.stderr.write(`${line}\n`)),
    log: (name, line) => void file?.write(`${new Date().toISOString()} ${name} ${line}\n`),
  })
  process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`)
  return result.unended + result.wrong.length + result.deadLetters.length === 0 ? 0 : 1
}

process.exit(await main())
