import { optionsOf } from '../infra/local/options.ts'
import { automations } from './automations/automations.ts'
import { catchUp } from './catch-up.ts'
import { type Figure, isMet, ratioOf } from './figure.ts'
import { flows, waitingRuns } from './flows/flows.ts'
import { messages } from './messages.ts'
import { millionFromLog } from './million/from-log.ts'
import { million } from './million/million.ts'
import { delays } from './realtime/delay.ts'
import { frames } from './realtime/frames.ts'
import { memory } from './realtime/memory.ts'
import { type ProtocolName, protocols } from './realtime/protocols.ts'
import { visible } from './visible.ts'

const figures: Record<string, () => Promise<Figure[]>> = {
  messages: async () => [await messages(20_000)],
  'catch-up': async () => [await catchUp(8000)],
  visible: async () => [await visible(500, 10)],
  frames: () => frames(8000, sockets(), chosen()),
  delay: () => delays(200, 10, sockets(), chosen()),
  flows: () => flows(300, 5, 15),
  automations: () => automations(200, 20, 5, 15),
}

/** What takes long, and is measured only when it is named. */
const slow: Record<string, () => Promise<Figure[]>> = {
  memory: () => memory(sockets(), chosen()),
  'flows-waiting': () => waitingRuns(10_000),
  million: () =>
    million({
      conversations: Number(values.conversations),
      messagesEach: 18,
      dataDir: values.data,
      progress: (text) => process.stderr.write(text),
    }),
  'million-from-log': () =>
    millionFromLog({
      conversations: Number(values.conversations),
      messagesEach: 18,
      progress: (text) => process.stderr.write(text),
    }),
}

const help = `Measures ours beside the bare part in the same run (DESIGN.md section 11). ratio: ours / bare; of delays and memory, less is better.

  make bench [JSON=1] [ARGS="--only messages,catch-up"]

  --only NAMES   some of: ${Object.keys(figures).join(', ')}; only when it is named: ${Object.keys(slow).join(', ')}
                 (queries at a million conversations of 18 messages: million loads them right into the read models, in 15 minutes
                 and 20 GB; million-from-log appends them as events and projects them, in some hours and 40 GB; memory is that
                 of idle sockets, flows-waiting that of flow-engine with 10,000 runs that wait)
  --protocols NAMES   of frames, delay and memory: some of ${Object.keys(protocols).join(', ')}
  --sockets N    of the same: how many; 1000. Each takes a file of two processes (ulimit -n)
  --conversations N   how many of them; 1000000
  --data FOLDER       where they are kept, to be measured again without loading
  --json         the figures as one JSON array
  --help
`

const options = {
  only: { type: 'string' },
  protocols: { type: 'string', default: Object.keys(protocols).join(',') },
  sockets: { type: 'string', default: '1000' },
  json: { type: 'boolean', default: false },
  conversations: { type: 'string', default: '1000000' },
  data: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const
const { values } = optionsOf({ options }, help)

if (values.help) process.stdout.write(help)
else await measure(values.only?.split(',') ?? Object.keys(figures))

function sockets(): number {
  const number = Number(values.sockets)
  if (!Number.isInteger(number) || number < 1) fail(`--sockets ${values.sockets} is no number of sockets`)
  return number
}

function chosen(): ProtocolName[] {
  const names = values.protocols.split(',')
  const known = Object.keys(protocols) as ProtocolName[]
  const unknown = names.filter((name) => !known.some((other) => other === name))
  if (unknown.length > 0) fail(`There is no protocol ${unknown.join(', ')}: choose of ${known.join(', ')}`)
  return known.filter((name) => names.includes(name))
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}

async function measure(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(figures, name) && !Object.hasOwn(slow, name))
  if (unknown.length > 0) {
    fail(
      `There is no figure ${unknown.join(', ')}: choose of ${[...Object.keys(figures), ...Object.keys(slow)].join(', ')}`,
    )
  }
  const measured: Figure[] = []
  for (const name of names) {
    if (!values.json) process.stderr.write(`measuring ${name} …\n`)
    measured.push(...((await (figures[name] ?? slow[name])?.()) ?? []))
  }
  const rows = measured.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) }))
  process.stdout.write(values.json ? `${JSON.stringify(rows)}\n` : table(rows))
}

function table(rows: readonly (Figure & { ratio: number | undefined; met: boolean })[]): string {
  const lines = rows.map(({ name, unit, ours, bare, ratio, aim, met, notes }) => {
    const goal = [
      aim.ratio === undefined ? '' : `ratio ≥ ${aim.ratio}`,
      aim.least === undefined ? '' : `≥ ${aim.least}${unit}`,
      aim.most === undefined ? '' : `≤ ${aim.most}${unit}`,
    ]
    const extra = Object.entries(notes ?? {}).map(
      ([key, value]) => `${key} ${typeof value === 'number' ? round(value) : value}`,
    )
    return [
      name.padEnd(48),
      `${round(ours)}${unit}`.padStart(14),
      (bare ? `${round(bare.value)}${unit}` : '').padStart(14),
      (ratio?.toFixed(2) ?? '').padStart(7),
      `  ${goal.filter((part) => part !== '').join(', ')}`.padEnd(26),
      goal.every((part) => part === '') ? '' : met ? 'met' : 'NOT MET',
      ...(extra.length > 0 ? [`\n    ${extra.join(' · ')}`] : []),
      ...(bare ? [`\n    bare: ${bare.what}`] : []),
    ].join('')
  })
  const head = `${'figure'.padEnd(48)}${'ours'.padStart(14)}${'bare'.padStart(14)}${'ratio'.padStart(7)}  ${'aim'.padEnd(24)}`
  return `${[head, ...lines].join('\n')}\n`
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
}
