import { optionsOf } from '../../../infra/local/options.ts'
import { common, helpIfAsked, printResult, tellingOf, wholeNumber } from '../../trial-command.ts'
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

const { values } = optionsOf(
  {
    options: {
      ...common,
      runs: { type: 'string', default: '1000' },
      kills: { type: 'string', default: '40' },
      workers: { type: 'string', default: '3' },
    },
  },
  help,
)
helpIfAsked(values, help)
const result = await crash({
  runs: wholeNumber('--runs', values.runs),
  kills: wholeNumber('--kills', values.kills),
  workers: wholeNumber('--workers', values.workers),
  together: 16,
  ...tellingOf(values),
})
printResult(result, values)
process.exit(result.unended + result.wrong.length + result.deadLetters.length === 0 ? 0 : 1)
