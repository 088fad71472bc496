import { join } from 'node:path'
import type { Config } from '../runtime/config.ts'
import { endLeftovers } from './leftovers.ts'
import { type BuiltName, partsOf, type ServiceName, START_ORDER, STOP_ORDER } from './parts/all-parts.ts'
import type { Part } from './parts/part.ts'
import { type Keeper, keep } from './process/keeper.ts'
import { claim } from './stack-claim.ts'
import { type StackEnvironment, stackEnvironment } from './stack-environment.ts'
import { StackError } from './stack-error.ts'
import { deleteFolder, temporaryFolder } from './temporary-folder.ts'

export type { ServiceName } from './parts/all-parts.ts'

export interface StackOptions {
  /** Without it, a temporary folder, which is deleted when the stack stops. */
  dataDir?: string
  /** Settings on top of the caller's environment. */
  env?: Record<string, string>
  /** `configured`: those of the settings, for `make run`. `free`: drawn, for tests, which may run side by side. */
  ports?: 'configured' | 'free'
  /** Starts just these; without it, all. */
  only?: readonly ServiceName[]
  /** Gets every line that a process writes, and under the name `stack` what the stack itself has to say. */
  log?: (name: string, line: string) => void
  /** Start again whatever dies. Without it, a process stays dead until `start`. */
  restart?: boolean
  /** Stops what has been started, and makes a start under way fail. */
  signal?: AbortSignal
  /** Files to run in place of the built entry points. */
  entries?: Partial<Record<BuiltName, string>>
}

export interface Stack {
  /** What every process was given, with the real ports and URLs. */
  env: Record<string, string>
  config: Config
  /** Stores that run elsewhere and so were not started. */
  external: readonly ServiceName[]
  /** Its address: `http://…` of a service, the connection string of a store. */
  url(name: ServiceName): string
  /** Undefined while it does not run. `shard` says which, where there are several: shards of the projectors, instances of realtime and flow-engine. */
  pid(name: ServiceName, shard?: number): number | undefined
  /** Sends a signal to the process (to all of them, if there are several) and waits for its end if the signal is to end it. */
  kill(name: ServiceName, signal?: NodeJS.Signals, shard?: number): Promise<void>
  waitReady(name: ServiceName, timeoutMs?: number): Promise<void>
  /** Starts it again; does nothing when it runs. Does not wait until it is ready. */
  start(name: ServiceName): Promise<void>
  /** Stops all, services first, stores last. May be called twice. */
  stop(): Promise<void>
}

const READY_MS = 60_000
const STOP_GRACE_MS = 10_000

/** Starts the services in order, each when those before it are ready. When one cannot, all are stopped again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = options.dataDir ?? (await temporaryFolder())
  const temporary = options.dataDir === undefined
  const environment = await stackEnvironment(dataDir, options.env ?? {}, options.ports ?? 'configured', { temporary })
  const runDir = join(environment.config.dataDir, 'run')
  const release = claim(join(runDir, 'stack.json'))
  const log = options.log ?? (() => undefined)
  const ended = await endLeftovers(runDir)
  if (ended.length > 0) log('stack', `ended what an earlier run left behind: ${ended.join(', ')}`)
  const keepers = makeKeepers(options, environment, runDir)
  const abandonAll = (): void => {
    for (const keeper of [...keepers.values()].flat()) keeper.abandon()
  }
  const forgo = whenProcessEnds(abandonAll)
  const stack = assemble(environment, keepers, () => {
    forgo()
    release()
    if (temporary) deleteFolder(dataDir)
  })
  const stop = (): void => void stack.stop()
  options.signal?.addEventListener('abort', stop)
  try {
    await startInOrder(stack, keepers, options)
  } catch (error) {
    await stack.stop()
    throw error
  }
  return stack
}

/** A test run that gives up, or is told to, ends without stopping anything. Whoever listens to signals stops by himself. */
function whenProcessEnds(abandonAll: () => void): () => void {
  const exit = (_: string, number: number): never => process.exit(128 + number)
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).filter((signal) => process.listenerCount(signal) === 0)
  for (const signal of signals) process.once(signal, exit)
  process.once('exit', abandonAll)
  return () => {
    for (const signal of signals) process.off(signal, exit)
    process.off('exit', abandonAll)
  }
}

function makeKeepers(
  { only, log = () => undefined, restart = false, entries = {} }: StackOptions,
  environment: StackEnvironment,
  runDir: string,
): Map<ServiceName, Keeper[]> {
  const note = (text: string): void => log('stack', text)
  const keeperOf = (part: Part): Keeper => keep(part, { runDir, restart, log, note })
  const asked = START_ORDER.flat().filter((name) => only?.includes(name) ?? true)
  const external = new Set<ServiceName>(environment.external)
  const ours = asked.filter((name) => !external.has(name))
  return new Map(ours.map((name) => [name, partsOf(name, environment, entries).map(keeperOf)]))
}

/** With restarts, whoever starts the stack is told of what does not come up, and it is tried for ever; else the first failure counts. */
async function startInOrder(
  stack: Stack,
  keepers: Map<ServiceName, Keeper[]>,
  { restart, signal }: StackOptions,
): Promise<void> {
  for (const names of START_ORDER) {
    signal?.throwIfAborted()
    const present = names.filter((name) => keepers.has(name))
    await allSettled(present.map((name) => stack.start(name)))
    await allSettled(present.map((name) => stack.waitReady(name, restart ? Number.POSITIVE_INFINITY : READY_MS)))
  }
}

function assemble(environment: StackEnvironment, keepers: Map<ServiceName, Keeper[]>, onStopped: () => void): Stack {
  const { env, config, external } = environment
  let stopping: Promise<void> | undefined

  function keepersOf(name: ServiceName, shard?: number): Keeper[] {
    const found = keepers.get(name)
    if (found === undefined) throw new Error(`${name} is not part of this stack.`)
    return shard === undefined ? found : found.slice(shard, shard + 1)
  }

  async function stopInOrder(): Promise<void> {
    for (const names of STOP_ORDER) {
      const present = names.flatMap((name) => keepers.get(name) ?? [])
      await allSettled(present.map((keeper) => keeper.stop(STOP_GRACE_MS)))
    }
    onStopped()
  }

  return {
    env,
    config,
    external: [...external],
    url: (name) => urlOf(name, environment),
    pid: (name, shard = 0) => keepersOf(name)[shard]?.pid(),
    async kill(name, signal = 'SIGKILL', shard) {
      await allSettled(keepersOf(name, shard).map((keeper) => keeper.kill(signal)))
    },
    async waitReady(name, timeoutMs = READY_MS) {
      await allSettled(keepersOf(name).map((keeper) => keeper.waitReady(timeoutMs)))
    },
    async start(name) {
      await allSettled(keepersOf(name).map((keeper) => keeper.start()))
    },
    stop() {
      stopping ??= stopInOrder()
      return stopping
    },
  }
}

function urlOf(name: ServiceName, { config, projectorPorts }: StackEnvironment): string {
  const { host } = config
  switch (name) {
    case 'event-store':
      return config.eventStoreUrl
    case 'postgres':
      return config.databaseUrl
    case 'redis':
      return config.redisUrl
    case 'command-api':
      return `http://${host}:${config.commandApiPort}`
    case 'query-api':
      return `http://${host}:${config.queryApiPort}`
    case 'projectors':
      return `http://${host}:${projectorPorts[0]}`
    case 'realtime':
      return `http://${host}:${config.realtimePort}`
    case 'flow-engine':
      return `http://${host}:${config.flowEnginePort}`
    case 'gateway':
      return `http://${host}:${config.gatewayPort}`
    default:
      return name satisfies never
  }
}

/** Waits for all even when one fails, so that nothing is left under way; then fails with every reason. */
async function allSettled(works: Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(works)
  const reasons = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
  if (reasons.length === 1) throw reasons[0]
  if (reasons.length === 0) return
  const texts = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)))
  throw new StackError(texts.join('\n'), { cause: reasons[0] })
}
