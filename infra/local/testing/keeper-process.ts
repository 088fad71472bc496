import { startStack } from '../stack.ts'

/** A keeper that a test can kill: Postgres, Redis and a fake gateway below the folder given, until it is stopped. */
const [dataDir = '', gateway = ''] = process.argv.slice(2)
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
const stack = await startStack({
  dataDir,
  ports: 'free',
  only: ['postgres', 'redis', 'gateway'],
  restart: true,
  entries: { gateway },
  signal: stopping.signal,
})
const pids = [stack.pid('postgres'), stack.pid('redis'), stack.pid('gateway')]
process.stdout.write(`ready ${JSON.stringify(pids)}\n`)
stopping.signal.addEventListener('abort', () => stack.stop().then(() => process.exit(0)))
// Kept alive by its children's pipes.
