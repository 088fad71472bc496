import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { givenEnvironment } from '../runtime/config.ts'
import { addressTable } from './addresses.ts'
import { logLine } from './log-line.ts'
import { optionsOf } from './options.ts'
import { describeExit, spawnChild } from './process/child.ts'
import { projectRoot } from './project.ts'
import { type Stack, startStack } from './stack.ts'
import { StackError } from './stack-error.ts'

const HELP = `Starts Parley with its embedded stores and keeps it running until Ctrl-C or "make stop".

  --json-logs   pass on the services' log lines as JSON
  --no-demo     do not set up the demo workspace
  --data-dir D  folder of the data (default: DATA_DIR, else ./data)
`

/** `make run`: everything in one terminal. Gives the exit code. */
async function run(): Promise<number> {
  const options = {
    help: { type: 'boolean', default: false },
    'json-logs': { type: 'boolean', default: false },
    'no-demo': { type: 'boolean', default: false },
    'data-dir': { type: 'string' },
  } as const
  const { values } = optionsOf({ options }, HELP)
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const begun = Date.now()
  const style = { raw: values['json-logs'], colour: process.stdout.isTTY && process.stdout.hasColors() }
  const log = (name: string, line: string): void => void process.stdout.write(`${logLine(name, line, style)}\n`)
  const stopping = stopOnSignals((why) => log('stack', why))
  const dataDir = values['data-dir'] ?? givenEnvironment().DATA_DIR ?? join(projectRoot(), 'data')
  try {
    const stack = await startStack({ dataDir, ports: 'configured', restart: true, log, signal: stopping })
    if (!values['no-demo']) await setUpDemo(stack, log)
    if (!stopping.aborted) greet(stack, begun)
    await aborted(stopping)
    await stack.stop()
    log('stack', 'stopped')
    return 0
  } catch (error) {
    if (stopping.aborted) {
      log('stack', 'stopped before everything was ready')
      return 0
    }
    if (!(error instanceof StackError)) throw error
    process.stderr.write(`\n${error.message}\n`)
    return 1
  }
}

/** The first signal stops in order; a second one, from somebody in a hurry, ends everything at once. */
function stopOnSignals(say: (why: string) => void): AbortSignal {
  const controller = new AbortController()
  const onSignal = (signal: string): void => {
    if (controller.signal.aborted) process.exit(130)
    say(`${signal}: stopping (once more to end all at once)`)
    controller.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // Nobody reads on, as after `make run | head`: no reason to leave processes behind.
  process.stdout.on('error', () => controller.abort())
  return controller.signal
}

/** Idempotent, and not worth stopping everything for when it fails. */
async function setUpDemo(stack: Stack, log: (name: string, line: string) => void): Promise<void> {
  const entry = join(projectRoot(), 'dist/infra/gateway/demo.js')
  if (!existsSync(entry)) return log('stack', `no demo workspace: ${entry} is not built`)
  const args = ['--enable-source-maps', entry]
  const launch = { command: process.execPath, args, cwd: projectRoot(), env: stack.env }
  const child = await spawnChild(launch, (line) => log('demo', line))
  const exit = await child.exit
  if (exit.code !== 0) log('stack', `the demo workspace could not be set up (${describeExit(exit)}); the rest runs`)
}

function greet(stack: Stack, begun: number): void {
  const file = join(stack.config.dataDir, 'demo.json')
  const demo = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  const seconds = ((Date.now() - begun) / 1000).toFixed(1)
  process.stdout.write(`\n  Parley is ready (after ${seconds} s).\n${addressTable(stack, demo)}\n`)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
}

process.exit(await run())
