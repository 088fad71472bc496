import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { createVisitorTokens } from '../infra/runtime/auth/visitor-tokens.ts'
import { readConfig, serviceUrl } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { serve } from '../infra/runtime/http/server.ts'
import { refuseUnbound } from '../infra/runtime/http/unbound.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createRateLimiter } from '../infra/runtime/rate-limiter.ts'
import { createRedis, duplicateRedis } from '../infra/runtime/redis.ts'
import { onShutdown } from '../infra/runtime/shutdown.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { hubPath } from '../schemas/realtime/hub.ts'
import { socketIoPath } from '../schemas/realtime/socket-io.ts'
import { answerAttendance } from './attendance.ts'
import { Core } from './core.ts'
import { Meters } from './meters.ts'
import { Seats } from './protocols/seats.ts'
import { isHubPath } from './protocols/signalr/address.ts'
import { createSignalr } from './protocols/signalr/signalr.ts'
import { createSocketIo, isSocketIoPath } from './protocols/socket-io/socket-io.ts'
import { upgradesByPath } from './protocols/upgrades.ts'
import { createWsProtocol } from './protocols/ws.ts'
import { Signals } from './signals.ts'

const config = readConfig()
const logger = createLogger(config, 'realtime')
const metrics = createMetrics('realtime')
const meters = new Meters(metrics.registry)
const pool = createPool(config.readDatabaseUrl, {
  name: 'realtime vault',
  connections: 4,
  lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
})
const vault = createVault({ pool, masterKey: config.vaultKey })
const log = createEventLog({ config, vault, logger })
const redis = createRedis(config, logger, 'realtime')
const listener = duplicateRedis(redis, logger)
const tokens = createInternalTokens(config.internalSecret)
const visitorTokens = createVisitorTokens(config.visitorSecret)

const core = new Core({
  log,
  logger,
  meters,
  signals: new Signals(redis, listener, logger, meters),
  limits: {
    maxRooms: config.realtimeMaxRooms,
    inboxResume: config.realtimeInboxResume,
    presenceMs: config.realtimePresenceMs,
  },
})
answerAttendance({ redis, listener, logger, meters, conversations: core.conversations })
const seats = new Seats(config.realtimeMaxSockets)
const credentials = {
  readCredential: (token: string) => tokens.read(token),
  readToken: (token: string) => visitorTokens.readVisitorToken(token),
}
const limits = {
  bufferBytes: config.realtimeBufferBytes,
  stallMs: config.realtimeStallMs,
  frameRate: config.realtimeFrameRate,
  maxRooms: config.realtimeMaxRooms,
  heartbeatMs: config.realtimeHeartbeatMs,
  clientTimeoutMs: config.realtimeClientTimeoutMs,
}
const plain = createWsProtocol({ core, seats, ...credentials, limits })
const hub = createSignalr({ core, redis, seats, secret: config.internalSecret, ...credentials, limits })
const limiter = (name: string, perMinute: number) =>
  config.rateLimits === 'off' ? undefined : createRateLimiter(redis, name, perMinute)
const sockets = createSocketIo({
  core,
  seats,
  ...credentials,
  commandApi: { url: serviceUrl(config, 'commandApi'), tokens },
  gateway: { url: serviceUrl(config, 'gateway'), tokens },
  messageLimit: limiter('limit:end-user', Math.max(1, Math.round((60 * config.rateLimitScale) / 100))),
  startLimit: limiter('limit:address', config.rateLimitWidget),
  limits,
})

const server = await serve({
  name: 'realtime',
  config,
  logger,
  metrics,
  host: config.host,
  port: config.realtimePort,
  tokens,
  bindings: [],
  upgrade: upgradesByPath({ '/realtime': plain.upgrade, [hubPath]: hub.upgrade, [socketIoPath]: sockets.upgrade }),
  otherwise(request, response, trace) {
    const { url = '/' } = request
    if (isHubPath(url)) return hub.http(request, response, trace.parent)
    if (isSocketIoPath(url)) return sockets.http(request, response)
    refuseUnbound(request, response, { kind: 'path' }, trace.parent)
  },
  ready: async () => {
    if (!core.feed.isStarted) return 'the log has not been reached yet'
    await log.head()
    return undefined
  },
})

onShutdown(logger, [
  {
    name: 'sockets',
    run: async () => {
      const closed = [plain.stop(), hub.stop(), sockets.stop()]
      core.dismiss()
      await Promise.all(closed)
    },
  },
  { name: 'http', run: () => server.stop() },
  { name: 'feed', run: () => core.stop() },
  { name: 'event log', run: () => log.close() },
  {
    name: 'stores',
    run: async () => {
      redis.disconnect()
      listener.disconnect()
      await pool.end()
    },
  },
])

await core.start()
logger.info({ port: server.port }, 'realtime is ready')
