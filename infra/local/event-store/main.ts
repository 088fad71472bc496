import { readFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { type EventStoreOptions, startEventStore } from './server.ts'
import { DataDirLocked } from './store/lock.ts'

const HELP = `Event store: a single node that speaks EventStoreDB's gRPC protocol.

  --data DIR              where the events are stored (required)
  --host HOST             address to listen on (127.0.0.1)
  --port PORT             port to listen on (2113)
  --advertise HOST:PORT   what gossip tells clients to connect to
  --tls-cert FILE         certificate, PEM; needs --tls-key
  --tls-key FILE          private key, PEM
  --user NAME:PASSWORD    credentials that are accepted; may be given several times
  --require-credentials   refuse calls without credentials
  --max-append-size N     bytes of event data in one append (1048576)
  --help                  this text
`

const FILE_ERRORS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'ENOSPC', 'EEXIST'])

/** A mistake of whoever started the process, told in one sentence. */
class Mistake extends Error {}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    process.stdout.write(HELP)
    return
  }
  // Whoever reads the output may go; the event store stays.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)
  const store = await startEventStore({ ...options, log: (line) => process.stderr.write(`${line}\n`) })
  const stop = (): void => {
    store.stop().then(
      () => process.exit(0),
      (error: unknown) => exitWith(error),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.stdout.write(`event store ready on ${store.url}\n`)
}

function readOptions(args: string[]): EventStoreOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string', default: '2113' },
      advertise: { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      user: { type: 'string', multiple: true },
      'require-credentials': { type: 'boolean' },
      'max-append-size': { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return undefined
  if (!values.data) throw new Mistake('say where the events are stored: --data DIR')
  const users = values.user?.map(readUser)
  const tls = readTls(values['tls-cert'], values['tls-key'])
  return {
    dataDir: values.data,
    port: readInteger('--port', values.port, 65_535),
    ...(values.host && { host: values.host }),
    ...(values.advertise && { advertise: readEndpoint(values.advertise) }),
    ...(tls && { tls }),
    ...(users && { users: Object.fromEntries(users) }),
    ...(values['require-credentials'] && { requireCredentials: true }),
    ...(values['max-append-size'] && {
      maxAppendSize: readInteger('--max-append-size', values['max-append-size'], 16 * 1024 * 1024),
    }),
  }
}

function readUser(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon < 1) throw new Mistake('--user takes NAME:PASSWORD')
  return [text.slice(0, colon), text.slice(colon + 1)]
}

function readTls(cert: string | undefined, key: string | undefined): EventStoreOptions['tls'] {
  if (!cert && !key) return undefined
  if (!cert || !key) throw new Mistake('--tls-cert and --tls-key go together')
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

function readEndpoint(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  if (colon < 1) throw new Mistake('--advertise takes HOST:PORT')
  return { host: text.slice(0, colon), port: readInteger('--advertise', text.slice(colon + 1), 65_535) }
}

function readInteger(name: string, text: string, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > max) throw new Mistake(`${name} takes a number from 0 to ${max}`)
  return value
}

function exitWith(error: unknown): void {
  process.stderr.write(`${sentence(error)}\n`)
  process.exit(1)
}

function sentence(error: unknown): string {
  if (error instanceof Mistake || error instanceof DataDirLocked) return error.message
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `the port is taken by another process; choose another with --port (${error.message})`
  if (typeof code === 'string' && FILE_ERRORS.has(code)) return `a file or directory cannot be used: ${error.message}`
  if (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS')) return `${error.message} (see --help)`
  return error.stack ?? error.message
}

main().catch(exitWith)
