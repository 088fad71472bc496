import type { RedisClient } from '../../../infra/runtime/redis.ts'
import type { Caller } from '../../../schemas/caller.ts'
import { mayBeElsewhere } from '../../../schemas/realtime/hub.ts'
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
/** And so when the page closes it, and does not say why, as the published client does. */
const stopped = 1005

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
    async admit(request, caller) {
      const address = readAddress(request, caller, negotiation)
      const { negotiated } = address
      const isUnsure = request.headers[mayBeElsewhere] !== undefined
      const turn = negotiated === undefined ? 'begin' : await connections.turnOf(negotiated, isUnsure)
      return { address, caller, turn }
    },
    accept(line, { address, caller, turn }) {
      const carrier = wsCarrier(line)
      const connection = turn === 'turned-away' ? undefined : begin(turn, address, caller, carrier)
      if (connection === undefined) return turnAway(line)
      return {
        // What comes late by a WebSocket that another has replaced, the client says again by that.
        hear: (data) => (connection.isOn(carrier) ? connection.receive(String(data)) : void connection.isFlood()),
        pinged: () => void connection.isFlood(),
        slow: () => connection.close('slow'),
        gone: (code) => (code === pageLeft ? connection.goodbye() : connection.lost(carrier, code === stopped)),
      }
    },
  })

  /** A WebSocket begins a connection, negotiated or not, or carries on one that outlived its last; undefined when that ended meanwhile. */
  function begin(turn: Turn, address: Address, caller: Caller, carrier: Carrier): HubConnection | undefined {
    const { negotiated, conversation } = address
    const known = negotiated && connections.find(negotiated)?.connection
    if (known !== undefined || turn === 'resume') {
      if (!known?.canResume || known.isAsked) return undefined
      known.resume(carrier)
      return known
    }
    const { mayResume = false, speaksFirst = false } = negotiated ?? {}
    const { connection } = connections.begin({ caller, ...conversation, mayResume, speaksFirst }, negotiated, true)
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

/** Closed only when it is known to have opened: a close that came together with that would be taken for a refusal. */
function turnAway(line: WsLine): Speaker {
  line.probe(() => line.close(leftBehind))
  const nothing = () => undefined
  return { hear: nothing, pinged: nothing, slow: nothing, gone: nothing }
}
