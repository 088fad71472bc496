import { parseArgs } from 'node:util'
import { simulate } from '../../../flow-engine/domain/simulation/simulate.ts'
import { runCommand } from '../../runtime/command-line.ts'
import { progressBar } from '../../runtime/progress.ts'
import { BadTranscript, transcriptsOf } from '../import/transcripts.ts'
import { BadFlow, flowOf } from './flow-file.ts'
import { reportOf } from './report.ts'
import { draftOf } from './running-flow.ts'
import { Counting } from './tally.ts'

const help = `Tries a flow on recorded conversations: what their visitors wrote are the replies. Nothing is stored or sent.

  make simulate FLOW=examples/flows/concierge.json FILE=transcripts.jsonl.gz

  --flow FLOW       a file as in examples/flows, or the id of a flow of a running Parley, whose draft it is then
  --file FILE       JSON lines, plain or gzip: {"id", "topics", "turns": [{"from": "visitor" | "agent", "text"}]}
  --limit N         only the first N conversations
  --show N          the transcripts of the first N as well
  --gateway URL     where that Parley is; default: the demo's
  --key KEY         an access token or an API key of scope read; default: the demo's admin
  --json            all of it as one JSON object
  --help

Waits pass at once, webhooks count as answered with 200, and nobody has tags, assignments or a name beforehand.
`

class Misuse extends Error {
  override name = 'Misuse'
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      flow: { type: 'string', default: '' },
      file: { type: 'string', default: '' },
      limit: { type: 'string' },
      show: { type: 'string', default: '0' },
      gateway: { type: 'string' },
      key: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  if (values.flow === '') throw new Misuse(`Say which flow: FLOW=examples/flows/concierge.json\n\n${help}`)
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--limit', values.limit)
  const show = wholeNumber('--show', values.show)
  const { gateway, key } = values
  const { name, ...flow } = await (isId(values.flow) ? draftOf(values.flow, { gateway, key }) : flowOf(values.flow))
  if (values.file === '')
    throw new Misuse(`Say which conversations it is tried on: FILE=transcripts.jsonl.gz\n\n${help}`)

  let total = 0
  for await (const { index } of transcriptsOf(values.file)) if (index < limit) total += 1
  if (total === 0 && limit > 0) throw new Misuse(`There are no conversations in ${values.file}.`)
  const bar = progressBar('trying', 'conversations', { quiet: values.json })
  const counting = new Counting()
  const shown: unknown[] = []
  const now = new Date().toISOString()
  for await (const { index, transcript } of transcriptsOf(values.file)) {
    if (index >= limit) break
    const replies = transcript.turns.filter(({ from }) => from === 'visitor').map(({ text }) => text)
    const simulation = simulate({ ...flow, version: null, replies, facts: nothingKnown, now })
    counting.add(simulation)
    if (index < show) shown.push({ id: transcript.id, ...simulation })
    bar.update(index + 1, total)
  }
  bar.stop()
  const tally = counting.tally(flow.graph.nodes.keys())
  const transcripts = shown.length === 0 ? {} : { transcripts: shown }
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ flow: name, ...tally, ...transcripts })}\n`
      : `${reportOf(name, tally)}${shown.map((one) => `${JSON.stringify(one, null, 2)}\n`).join('')}`,
  )
  return 0
}

/** How each conversation stands before. */
const nothingKnown = {
  reply: null,
  message: null,
  contact: { name: null, email: null, phone: null, attributes: {} },
  conversation: {
    ...{ status: 'open', channel: 'widget', tags: [], assignedAgentId: null, widgetId: null, channelId: null },
    metadata: {},
  },
  variables: {},
  webhook: { status: null },
}

const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0) return number
  throw new Misuse(`${name} must be a whole number`)
}

await runCommand(main, (error) => error instanceof Misuse || error instanceof BadFlow || error instanceof BadTranscript)
