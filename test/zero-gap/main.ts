import { optionsOf } from '../../infra/local/options.ts'
import { common, helpIfAsked, printResult, tellingOf, wholeNumber } from '../trial-command.ts'
import { trial } from './trial.ts'

const help = `Clients of each protocol listen in 20 rooms, over several realtime instances behind one gateway, while connections are cut
and instances killed at random; then what each was told is compared with the stream of its conversation.

  make test-zero-gap [MESSAGES=10000] [CUTS=1000] [SEED=N] [JSON=1] [ARGS='--log FILE']

  --messages N   how many are written in all rooms
  --cuts N       how often the connections of a client are cut
  --kills N      how often an instance is ended, mostly by kill -9, and started again (12)
  --instances N  of realtime (3)
  --seed N       of the random numbers; without it, another each time, which is shown
  --log FILE     keep what the processes write
  --json         the result as one line
`

const { values } = optionsOf(
  {
    options: {
      ...common,
      messages: { type: 'string', default: '10000' },
      cuts: { type: 'string', default: '1000' },
      kills: { type: 'string', default: '12' },
      instances: { type: 'string', default: '3' },
      rooms: { type: 'string', default: '20' },
      seed: { type: 'string' },
    },
  },
  help,
)
helpIfAsked(values, help)
const result = await trial({
  rooms: wholeNumber('--rooms', values.rooms),
  instances: wholeNumber('--instances', values.instances),
  messages: wholeNumber('--messages', values.messages),
  cuts: wholeNumber('--cuts', values.cuts),
  kills: wholeNumber('--kills', values.kills),
  seed: values.seed ? wholeNumber('--seed', values.seed) : Math.floor(Math.random() * 2 ** 31),
  rhythmMs: 100,
  ...tellingOf(values),
})
printResult(result, values)
process.exit(result.wrong.length === 0 ? 0 : 1)
