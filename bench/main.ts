import { optionsOf } from '../infra/local/options.ts'
import { catchUp } from './catch-up.ts'
import { type Figure, isMet, ratioOf } from './figure.ts'
import { delay, frames } from './frames.ts'
import { messages } from './messages.ts'
import { millionFromLog } from './million/from-log.ts'
import { million } from './million/million.ts'
import { visible } from './visible.ts'

const figures: Record<string, () => Promise<Figure>> = {
  messages: () => messages(20_000),
  'catch-up': () => catchUp(8000),
  visible: () => visible(500, 10),
  frames: () => frames(4000),
  delay: () => delay(200, 10),
}

/** What takes long, and is measured only when it is named. */
const slow: Record<string, () => Promise<Figure[]>> = {
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

const help = `Measures ours beside the bare part in the same run (DESIGN.md section 11).

  make bench [JSON=1] [ARGS="--only messages,catch-up"]

  --only NAMES   some of: ${Object.keys(figures).join(', ')}; only when it is named: ${Object.keys(slow).join(', ')}
                 (queries at a million conversations of 18 messages: million loads them right into the read models, in 15 minutes
                 and 20 GB; million-from-log appends them as events and projects them, in some hours and 40 GB)
  --conversations N   how many of them; 1000000
  --data FOLDER       where they are kept, to be measured again without loading
  --json         the figures as one JSON array
  --help
`

const options = {
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
  conversations: { type: 'string', default: '1000000' },
  data: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const
const { values } = optionsOf({ options }, help)

if (values.help) process.stdout.write(help)
else await measure(values.only?.split(',') ?? Object.keys(figures))

async function measure(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(figures, name) && !Object.hasOwn(slow, name))
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no figure ${unknown.join(', ')}: choose of ${[...Object.keys(figures), ...Object.keys(slow)].join(', ')}\n`,
    )
    process.exitCode = 2
    return
  }
  const measured: Figure[] = []
  for (const name of names) {
    if (!values.json) process.stderr.write(`measuring ${name} …\n`)
    const figure = await figures[name]?.()
    measured.push(...(figure === undefined ? ((await slow[name]?.()) ?? []) : [figure]))
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
      met ? 'met' : 'NOT MET',
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
