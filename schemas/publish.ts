import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { eventsSchema } from './events-schema.ts'
import { openApiDocument } from './openapi.ts'
import { asyncApi } from './realtime/asyncapi.ts'
import { hubAsyncApi } from './realtime/asyncapi-hub.ts'
import { socketIoAsyncApi } from './realtime/asyncapi-socketio.ts'

const help = `Writes the contract as other tools read it, into schemas/published:
  openapi.json         OpenAPI 3.1 of all routes that are reachable from outside
  asyncapi.json        AsyncAPI of the websocket
  asyncapi-signalr.json  AsyncAPI of the SignalR hub
  asyncapi-socketio.json  AsyncAPI of the Socket.IO events
  events.schema.json   JSON Schema of every event that the log may hold

  --check   write nothing; exit with 1 when a file is not what it should be
  --json    report as JSON
  --help    this text
`

const published: Readonly<Record<string, () => unknown>> = {
  'openapi.json': openApiDocument,
  'asyncapi.json': asyncApi,
  'asyncapi-signalr.json': hubAsyncApi,
  'asyncapi-socketio.json': socketIoAsyncApi,
  'events.schema.json': eventsSchema,
}

interface Outcome {
  file: string
  state: 'unchanged' | 'written' | 'drifted'
}

function main(): number {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const folder = join(projectRoot(), 'schemas/published')
  mkdirSync(folder, { recursive: true })
  const outcomes = Object.entries(published).map(([file, make]) => publish(folder, file, make(), values.check))
  const drifted = outcomes.filter(({ state }) => state === 'drifted').map(({ file }) => file)
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: drifted.length === 0, files: outcomes })}\n`)
  else for (const { file, state } of outcomes) process.stdout.write(`schemas/published/${file}: ${state}\n`)
  if (drifted.length === 0) return 0
  process.stderr.write(
    `${drifted.join(', ')} no longer says what the contract does: run "make schemas" and commit it.\n`,
  )
  return 1
}

function publish(folder: string, file: string, document: unknown, check: boolean): Outcome {
  const path = join(folder, file)
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return { file, state: 'unchanged' }
  if (check) return { file, state: 'drifted' }
  writeFileSync(path, text)
  return { file, state: 'written' }
}

/** The same from the source and from what is built of it. */
function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

try {
  process.exitCode = main()
} catch (error) {
  // What parseArgs throws for a wrong option.
  if (!(error instanceof TypeError && 'code' in error)) throw error
  process.stderr.write(`${error.message}\n\n${help}`)
  process.exitCode = 2
}
