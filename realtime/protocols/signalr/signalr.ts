import type { RedisClient } from '../../../infra/runtime/redis.ts'
import type { Caller } from '../../../schemas/caller.ts'
import type { Core } from '../../core.ts'
import type { ReadToken } from '../../session.ts'
import type { Seats } from '../seats.ts'
import type { Upgrade } from '../upgrades.ts'
import { createWsDoor, type Speaker } from '../ws-door.ts'
import type { WsLine } from '../ws-line.ts'
import { type Address, readAddress } from './address.ts'
import { createWishReader } from './calls.ts'
import type { Carrier } from './carrier.ts'
import { leftBehind } from './closings.ts'
import type { HubConnection } from './connection.ts'
import { Connections, type Turn } from './connections.ts'
import { createTranslation } from './events.ts'
import { createHubHttp, type HubHttp } from './http.ts'
import { createNegotiation } from './negotiation.ts'
import { Trail } from './trail.ts'
import { wsCarrier } from './ws-carrier.ts'

export interface SignalrLimits {
  bufferBytes: number
  stallMs: number
  heartbeatMs: number
  frameRate: number
  maxRooms: number
  clientTimeoutMs: number
}

export interface SignalrOptions {
  core: Core
  /** Where it is kept how far clients have come. */
  redis: RedisClient
  seats: Seats
  /** Signs what is negotiated; the same on all instances. */
  secret: string
  /** Who the internal token of a request stands for. */
  readCredential: ReadToken
  readToken: ReadToken
  limits: SignalrLimits
}

export interface Signalr {
  upgrade: Upgrade
  http: HubHttp
  /** Takes no more, and resolves when all are closed. */
  stop(): Promise<void>
}

const maxMessage = 64 * 1024
/** The gateway cuts answers of which it hears nothing for 35 s. */
const pollHoldMs = 25_000
/** Official clients give a server up of whom they hear nothing for 30 s. */
const longestPause = 15_000
/** Browsers close so when the page goes away (RFC 6455, section 7.4.1). */
const pageLeft = 1001

/** The hub of document A, as `@microsoft/signalr` speaks to it (docs/realtime.md). */
export function createSignalr(options: SignalrOptions): Signalr {
  const { core, redis, seats, secret, readCredential, readToken, limits } = options
  const { bufferBytes: bound, stallMs, heartbeatMs, frameRate, maxRooms, clientTimeoutMs } = limits
  const { facts, meters, logger } = core
  const negotiation = createNegotiation(secret)
  const trail = new Trail(redis, logger, meters)
  const tools = {
    core,
    readToken,
    translate: createTranslation(nameOf),
    readWish: createWishReader(),
    trail,
    limits: { bound, stallMs, maxMessage, frameRate, maxRooms, clientTimeoutMs },
  }
  const connections = new Connections(tools, seats, Math.min(heartbeatMs, longestPause, clientTimeoutMs / 2))
  meters.watch('realtime_signalr_connections', 'Connections of the hub, by whatever transport', () => connections.size)
  meters.watch('realtime_signalr_buffered_bytes', 'Bytes that wait for clients of the hub', () => connections.buffered)

  /** Agents that another issuer vouches for may not be in the log. That a name cannot be read is no reason to hold back who it is. */
  async function nameOf(agentId: string): Promise<string> {
    try {
      return (await facts.agent(agentId))?.name ?? ''
    } catch (error) {
      logger.warn({ error, agentId }, 'the name of an agent could not be read')
      return ''
    }
  }

  const door = createWsDoor<{ address: Address; caller: Caller; turn: Turn }>({
    core,
    seats,
    readCredential,
    limits,
    maxFrame: maxMessage,
    admit(request, caller) {
      const address = readAddress(request, caller, negotiation)
      const turn = address.negotiated === undefined ? 'begin' : connections.turnOf(address.negotiated)
      return { address, caller, turn }
    },
    accept(line, { address, caller, turn }) {
      if (turn === 'turned-away') return turnAway(line)
      const carrier = wsCarrier(line)
      const connection = begin(address, caller, carrier)
      return {
        hear: (data) => connection.receive(String(data)),
        pinged: () => void connection.isFlood(),
        slow: () => connection.close('slow'),
        gone: (code) => (code === pageLeft ? connection.goodbye() : connection.lost(carrier)),
      }
    },
  })

  /** A WebSocket begins a connection, negotiated or not, or carries on one that outlived its last. */
  function begin({ negotiated, conversation }: Address, caller: Caller, carrier: Carrier): HubConnection {
    const known = negotiated && connections.find(negotiated)
    if (known !== undefined) {
      known.connection.resume(carrier)
      return known.connection
    }
    const mayResume = negotiated?.mayResume ?? false
    const { connection } = connections.begin({ caller, ...conversation, mayResume }, negotiated, true)
    connection.begin(carrier)
    return connection
  }

  return {
    upgrade: door.upgrade,
    http: createHubHttp({
      core,
      seats,
      connections,
      negotiation,
      readCredential,
      limits: { bound, stallMs, maxMessage, pollHoldMs },
    }),
    async stop() {
      const closed = door.stop()
      connections.stop()
      await closed
      await trail.stop()
    },
  }
}

function turnAway(line: WsLine): Speaker {
  line.close(leftBehind)
  const nothing = () => undefined
  return { hear: nothing, pinged: nothing, slow: nothing, gone: nothing }
}
