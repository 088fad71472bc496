import { optionsOf } from '../../infra/local/options.ts'
import { common, helpIfAsked, printResult, tellingOf, wholeNumber } from '../trial-command.ts'
import { type Recovery, recoveries } from './recovery.ts'
import { withStack } from './stage.ts'
import { faultsOf, trial } from './trial.ts'

const help = `Kills and freezes processes at random while transcripts are imported, and counts what is lost, doubled or out of order.

  make test-faults [KILLS=50] [JSON=1] [ARGS='--log FILE']

  --kills N     how many processes are killed; as many again by a fifth are frozen for 5 s
  --recovery N  instead, strike one process after the other, N times, and show how long clients notice it
  --log FILE    keep what the processes write
  --json        the result as one line
`

const { values } = optionsOf(
  { options: { ...common, kills: { type: 'string', default: '50' }, recovery: { type: 'string' } } },
  help,
)
helpIfAsked(values, help)
const telling = tellingOf(values)

async function main(): Promise<number> {
  const kills = wholeNumber('--kills', values.kills)
  if (values.recovery !== undefined) {
    const rounds = wholeNumber('--recovery', values.recovery)
    const found = await withStack(telling.log, (stack, demo, token) => recoveries(stack, demo, token, rounds))
    process.stdout.write(values.json ? `${JSON.stringify(found)}\n` : tableOf(found))
    return 0
  }
  const result = await trial({ kills, round: 200, ...telling })
  printResult(result, values)
  return faultsOf(result).length === 0 ? 0 : 1
}

function tableOf(found: readonly Recovery[]): string {
  const deeds = Object.keys(found[0]?.until ?? {})
  const rows = found.map(({ kind, victim, until }) => [`${kind} ${victim}`, ...Object.values(until).map(String)])
  return [['ms until all is well', ...deeds], ...rows]
    .map(([name = '', ...cells]) => name.padEnd(24) + cells.map((cell) => cell.padStart(16)).join(''))
    .join('\n')
    .concat('\n')
}

process.exit(await main())
