import { stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { readConfig } from '../../runtime/config.ts'
import { progressBar } from '../../runtime/progress.ts'
import { readDemoFacts } from '../demo-facts.ts'
import { Api } from './api.ts'
import { clockSaid } from './clock.ts'
import { compare } from './comparing.ts'
import { importFile } from './importing.ts'
import { table } from './summary.ts'
import { transcriptsOf } from './transcripts.ts'

const help = `Imports transcripts through the public HTTP API, and compares what was acknowledged with what the API gives back.

  make import FILE=transcripts.jsonl.gz [CONCURRENCY=32]

  --file FILE         JSON lines, plain or gzip: {"id", "topics", "turns": [{"from": "visitor" | "agent", "text"}]}
  --concurrency N     conversations at once, 1 to 256 (32); each conversation goes in order
  --limit N           only the first N conversations
  --label NAME        another name: the same file again, as other conversations
  --since TIME        when the first conversation begins (2025-01-01T00:00:00Z)
  --gateway URL       where the API is; default: the demo's
  --key KEY           an API key of scope import; default: the demo's
  --widget ID         the widget of the conversations; default: the demo's
  --agent ID          who sends the agent turns; default: the demo agent
  --json              the summary as one JSON object
  --help

A broken import is simply run again: nothing doubles. Times: ${clockSaid}.
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      concurrency: { type: 'string', default: '32' },
      limit: { type: 'string' },
      label: { type: 'string' },
      since: { type: 'string', default: '2025-01-01T00:00:00Z' },
      gateway: { type: 'string' },
      key: { type: 'string' },
      widget: { type: 'string' },
      agent: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { file } = values
  if (file === undefined || file === '') throw new Error('Which file? make import FILE=transcripts.jsonl.gz')
  await stat(file).catch(() => {
    throw new Error(`There is no file ${file}`)
  })
  const concurrency = wholeNumber('--concurrency', values.concurrency, 256)
  const limit = values.limit === undefined ? undefined : wholeNumber('--limit', values.limit, 100_000_000)
  const since = new Date(values.since)
  if (Number.isNaN(since.getTime())) throw new Error('--since must be an ISO 8601 time such as 2025-01-01T00:00:00Z')

  const given = values.gateway && values.key && values.widget && values.agent
  const demo = given ? undefined : await readDemoFacts(readConfig().dataDir)
  const gateway = values.gateway ?? demo?.gateway ?? ''
  const apiKey = values.key ?? demo?.importKey
  if (apiKey === undefined) throw new Error('No API key: give one of scope import with --key')
  const widgetId = values.widget ?? demo?.widgetId ?? ''
  const agentId = values.agent ?? demo?.agent.id ?? ''

  const total = { conversations: 0, messages: 0 }
  for await (const { index, transcript } of transcriptsOf(file)) {
    if (limit !== undefined && index >= limit) break
    total.conversations++
    total.messages += transcript.turns.length
  }
  let retries = 0
  const api = new Api({ gateway, apiKey, connections: concurrency, patienceMs: 180_000, onRetry: () => retries++ })
  const began = performance.now()
  const bar = progressBar('importing', 'messages', { quiet: values.json })
  let sent = 0
  const plan = { file, widgetId, agentId, since, concurrency, limit, label: values.label }
  const imported = await importFile(api, plan, { message: () => bar.update(++sent, total.messages) }).finally(bar.stop)
  const seconds = (performance.now() - began) / 1000
  const second = progressBar('comparing', 'conversations', { quiet: values.json })
  let compared = 0
  const found = await compare(api, imported, Math.min(concurrency, 16), () =>
    second.update(++compared, imported.conversations.length),
  ).finally(second.stop)
  await api.close()

  const equal =
    found.different === 0 &&
    found.conversations === total.conversations &&
    found.messages === total.messages &&
    imported.messages === total.messages
  const summary = {
    file,
    inFile: total,
    acknowledged: { conversations: imported.conversations.length, messages: imported.messages },
    readBack: { conversations: found.conversations, messages: found.messages, different: found.different },
    examples: found.examples,
    equal,
    seconds: Math.round(seconds * 10) / 10,
    messagesPerSecond: Math.round(imported.messages / seconds),
    retries,
    clock: `${clockSaid}; since ${since.toISOString()}`,
  }
  process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : table(summary))
  return equal ? 0 : 1
}

function wholeNumber(name: string, text: string, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new Error(`${name} must be a whole number from 1 to ${most}`)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 2
  },
)
