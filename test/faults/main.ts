import { createWriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { faultsOf, trial } from './trial.ts'

const help = `Kills and freezes processes at random while transcripts are imported, and counts what is lost, doubled or out of order.

  make test-faults [KILLS=50] [JSON=1] [ARGS='--log FILE']

  --kills N     how many processes are killed; as many again by a fifth are frozen for 5 s
  --log FILE    keep what the processes write
  --json        the result as one line
`

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
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
  const kills = Number(values.kills)
  if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills must be a whole number from 1')
  const say = (line: string) => void (values.json || process.stderr.write(`${line}\n`))
  const file = values.log === undefined ? undefined : createWriteStream(values.log)
  const log = (name: string, line: string) => void file?.write(`${new Date().toISOString()} ${name} ${line}\n`)
  const result = await trial({ kills, round: 200, say, log })
  file?.end()
  process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`)
  return faultsOf(result).length === 0 ? 0 : 1
}

process.exit(await main())
