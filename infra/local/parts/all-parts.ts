import { join } from 'node:path'
import { postgres } from '../postgres/postgres.ts'
import { projectRoot } from '../project.ts'
import type { StackEnvironment } from '../stack-environment.ts'
import { nodePart } from './node-part.ts'
import type { Part } from './part.ts'
import { redis } from './redis.ts'

export type ServiceName =
  | 'event-store'
  | 'postgres'
  | 'redis'
  | 'command-api'
  | 'query-api'
  | 'projectors'
  | 'realtime'
  | 'flow-engine'
  | 'gateway'

/** All services, in the order in which they start; each line waits until those of the line before are ready. */
export const START_ORDER: readonly (readonly ServiceName[])[] = [
  ['event-store', 'postgres', 'redis'],
  ['command-api', 'query-api', 'projectors', 'realtime', 'flow-engine', 'gateway'],
]

/** Those who are spoken to from outside go first, the stores last. */
export const STOP_ORDER: readonly (readonly ServiceName[])[] = [
  ['gateway'],
  ['flow-engine'],
  ['command-api', 'query-api', 'projectors', 'realtime'],
  ['event-store', 'postgres', 'redis'],
]

const ENTRIES = {
  'event-store': 'infra/local/event-store/main.js',
  'command-api': 'command-api/main.js',
  'query-api': 'query-api/main.js',
  projectors: 'projectors/main.js',
  realtime: 'realtime/main.js',
  'flow-engine': 'flow-engine/main.js',
  gateway: 'infra/gateway/main.js',
} as const

export type BuiltName = keyof typeof ENTRIES

/** The processes of a service: one, except for the projectors, who are as many as there are shards, and realtime and flow-engine, if they are to be several. */
export function partsOf(
  name: ServiceName,
  environment: StackEnvironment,
  entries: Partial<Record<BuiltName, string>>,
): Part[] {
  const { env, config, projectorPorts, realtimePorts, flowEnginePorts } = environment
  const { dataDir } = config
  const entry = (built: BuiltName): string => entries[built] ?? join(projectRoot(), 'dist', ENTRIES[built])
  const host = reachable(config.host)
  const service = (built: BuiltName, port: number, portSetting: string, label: string = built, own = env): Part =>
    nodePart({ name: label, entry: entry(built), host, port, portSetting, readyPath: '/readyz', env: own })

  switch (name) {
    case 'event-store': {
      const folder = join(dataDir, 'event-store')
      const port = config.eventStorePort
      const args = ['--data', folder, '--host', '127.0.0.1', '--port', String(port)]
      const reach = { host: '127.0.0.1', port, portSetting: 'EVENTSTORE_PORT', readyPath: '/ping' }
      return [nodePart({ name, entry: entry(name), args, ...reach, env, folder })]
    }
    case 'postgres': {
      const urls = { url: config.databaseUrl, readUrl: config.readDatabaseUrl }
      return [postgres({ dataDir, port: config.postgresPort, ...urls, env, disposable: environment.disposable })]
    }
    case 'redis':
      return [redis({ dataDir, port: config.redisPort, url: config.redisUrl, env })]
    case 'command-api':
      return [service(name, config.commandApiPort, 'COMMAND_API_PORT')]
    case 'query-api':
      return [service(name, config.queryApiPort, 'QUERY_API_PORT')]
    case 'realtime':
      return realtimePorts.map((port, index) => {
        const label = realtimePorts.length === 1 ? name : `${name}-${index}`
        return service(name, port, 'REALTIME_PORT', label, { ...env, REALTIME_PORT: String(port) })
      })
    case 'flow-engine':
      return flowEnginePorts.map((port, index) => {
        const label = flowEnginePorts.length === 1 ? name : `${name}-${index}`
        return service(name, port, 'FLOW_ENGINE_PORT', label, { ...env, FLOW_ENGINE_PORT: String(port) })
      })
    case 'gateway':
      return [service(name, config.gatewayPort, 'GATEWAY_PORT')]
    case 'projectors':
      return projectorPorts.map((port, shard) => {
        const own = { PROJECTOR_SHARD: String(shard), PROJECTORS_PORT: String(port) }
        const label = projectorPorts.length === 1 ? name : `${name}-${shard}`
        return service(name, port, 'PROJECTORS_PORT', label, { ...env, ...own })
      })
    default:
      return name satisfies never
  }
}

/** A service that listens on every address is reached on the loopback. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}
