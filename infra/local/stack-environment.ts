import { resolve } from 'node:path'
import { type Config, ConfigError, givenEnvironment, readConfig } from '../runtime/config.ts'
import { freePorts } from './process/port.ts'
import { StackError } from './stack-error.ts'

export type StoreName = 'event-store' | 'postgres' | 'redis'

export interface StackEnvironment {
  /** What every process of the stack is given. */
  env: Record<string, string>
  config: Config
  /** Stores that run elsewhere, by the user's own settings. */
  external: Set<StoreName>
  /** Where each projector process reports its health, by shard. */
  projectorPorts: number[]
  /** Where each realtime process listens. */
  realtimePorts: number[]
  /** Where each flow-engine process reports its health. */
  flowEnginePorts: number[]
  /** A test's, whose folder is deleted when it stops: it need not outlive a crash of the machine. */
  disposable: boolean
}

const OWN_PORTS = [
  'EVENTSTORE_PORT',
  'POSTGRES_PORT',
  'REDIS_PORT',
  'GATEWAY_PORT',
  'COMMAND_API_PORT',
  'QUERY_API_PORT',
  'REALTIME_PORT',
  'FLOW_ENGINE_PORT',
] as const

/**
 * The environment of the stack. With free ports it takes nothing from the caller's own environment that leads to a
 * store, so that a test can never write into somebody's real one; only what is passed here counts.
 */
export async function stackEnvironment(
  dataDir: string,
  passed: Record<string, string>,
  ports: 'configured' | 'free',
  { temporary = false } = {},
): Promise<StackEnvironment> {
  const given = givenEnvironment()
  const base = ports === 'free' ? { ...without(given, STORE_URLS), ...(await drawPorts(passed)) } : given
  const chosen: Record<string, string> = { ...base, ...passed, DATA_DIR: resolve(dataDir) }
  const external = externalStores(chosen)
  const config = checked(chosen)
  const env = {
    ...chosen,
    EVENTSTORE_PORT: String(config.eventStorePort),
    POSTGRES_PORT: String(config.postgresPort),
    REDIS_PORT: String(config.redisPort),
    GATEWAY_PORT: String(config.gatewayPort),
    COMMAND_API_PORT: String(config.commandApiPort),
    QUERY_API_PORT: String(config.queryApiPort),
    REALTIME_PORT: String(config.realtimePort),
    FLOW_ENGINE_PORT: String(config.flowEnginePort),
    EVENTSTORE_URL: config.eventStoreUrl,
    DATABASE_URL: config.databaseUrl,
    DATABASE_READ_URL: config.readDatabaseUrl,
    REDIS_URL: config.redisUrl,
    PUBLIC_URL: config.publicUrl,
  }
  const isFree = ports === 'free'
  const projectorPorts = isFree ? await freePorts(config.projectorShards) : shardPorts(config)
  const others = config.realtimeInstances - 1
  const realtimePorts = [
    config.realtimePort,
    ...(isFree
      ? await freePorts(others)
      : portsFrom(config.realtimePort, others, [...ownPorts(config), ...projectorPorts])),
  ]
  const further = config.flowWorkers - 1
  const taken = [...ownPorts(config), ...projectorPorts, ...realtimePorts]
  const flowEnginePorts = [
    config.flowEnginePort,
    ...(isFree ? await freePorts(further) : portsFrom(config.flowEnginePort, further, taken)),
  ]
  const urls = realtimePorts.map((port) => `http://${config.host}:${port}`)
  const all: Record<string, string> = {
    ...env,
    PROJECTORS_PORT: String(projectorPorts[0]),
    // Whoever has instances elsewhere says where.
    ...(others === 0 || config.realtimeUrls.length > 0 ? {} : { REALTIME_URL: urls.join(',') }),
  }
  const disposable = temporary && config.environment === 'test'
  return { env: all, config: readConfig(all), external, projectorPorts, realtimePorts, flowEnginePorts, disposable }
}

const STORE_URLS = [
  'EVENTSTORE_URL',
  'DATABASE_URL',
  'DATABASE_READ_URL',
  'REDIS_URL',
  'PUBLIC_URL',
  'BLOBS_DIR',
  'BLOBS_S3_BUCKET',
]

async function drawPorts(passed: Record<string, string>): Promise<Record<string, string>> {
  const names = OWN_PORTS.filter((name) => passed[name] === undefined)
  const drawn = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [name, String(drawn[index])]))
}

function externalStores(env: Record<string, string>): Set<StoreName> {
  if ((env.DATABASE_URL === undefined) !== (env.DATABASE_READ_URL === undefined)) {
    throw new StackError(
      'Set DATABASE_URL and DATABASE_READ_URL together: two roles of the same Postgres. Or set neither, to use the embedded one.',
    )
  }
  const external = new Set<StoreName>()
  if (env.EVENTSTORE_URL !== undefined) external.add('event-store')
  if (env.DATABASE_URL !== undefined) external.add('postgres')
  if (env.REDIS_URL !== undefined) external.add('redis')
  return external
}

function checked(env: Record<string, string>): Config {
  try {
    return readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) throw new StackError(error.message)
    throw error
  }
}

/** From PROJECTORS_PORT upwards, one a shard, past the ports of the others. */
function shardPorts(config: Config): number[] {
  return portsFrom(config.projectorsPort, config.projectorShards, ownPorts(config))
}

function portsFrom(first: number, count: number, taken: readonly number[]): number[] {
  const found: number[] = []
  for (let port = first; found.length < count; port++) if (!taken.includes(port)) found.push(port)
  return found
}

function ownPorts(config: Config): number[] {
  const { eventStorePort, postgresPort, redisPort, gatewayPort, commandApiPort, queryApiPort, realtimePort } = config
  return [
    eventStorePort,
    postgresPort,
    redisPort,
    gatewayPort,
    commandApiPort,
    queryApiPort,
    realtimePort,
    config.flowEnginePort,
  ]
}

function without(env: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
