import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { refusalOf } from '../../../infra/runtime/http/problem.ts'
import type { Service } from '../../../infra/runtime/http/service-call.ts'
import type { RateLimiter } from '../../../infra/runtime/rate-limiter.ts'
import { socketIoPath } from '../../../schemas/realtime/socket-io.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Core } from '../../core.ts'
import type { ReadToken } from '../../session.ts'
import { FloodLimit } from '../flood-limit.ts'
import type { Seats } from '../seats.ts'
import { refuseUpgrade, type Upgrade } from '../upgrades.ts'
import { type Arrival, createReception } from './arrival.ts'
import { createCanonical } from './canonical.ts'
import { createCommandReader } from './command.ts'
import { EngineLine } from './engine-line.ts'
import { createTranslation } from './translation.ts'
import { Visit } from './visit.ts'

export interface SocketIoLimits {
  bufferBytes: number
  stallMs: number
  heartbeatMs: number
  frameRate: number
  maxRooms: number
}

export interface SocketIoOptions {
  core: Core
  seats: Seats
  commandApi: Service
  gateway: Service
  /** Who an internal token stands for. */
  readCredential: ReadToken
  readToken: ReadToken
  messageLimit: RateLimiter | undefined
  startLimit: RateLimiter | undefined
  limits: SocketIoLimits
}

export interface SocketIo {
  upgrade: Upgrade
  /** Answers a request below `/socket.io`: polls, and the client for browsers. Throws Rejection. */
  http(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Takes no more, and resolves when all are closed; cuts off who does not close. */
  stop(): Promise<void>
}

type Connection = Socket['conn']

/** Longest packet of a client, bytes: the largest message that the canonical API takes fits in. */
const maxPacket = 256 * 1024
/** How long a connection may take to enter the namespace. */
const connectMs = 10_000
const stopMs = 2000
/** Clients that are refused connect anew before they try again. */
const maxEntries = 3

/** Document C's sockets, with the library `socket.io` for the protocol, and the core for rooms, resume and access (docs/realtime.md). */
export function createSocketIo(options: SocketIoOptions): SocketIo {
  const { core, seats, limits, readCredential, readToken, messageLimit, startLimit } = options
  const { meters, logger } = core
  const canonical = createCanonical(options)
  const reception = createReception({ canonical, readCredential, guessLimit: startLimit })
  const tools = {
    core,
    facts: core.facts,
    canonical,
    messageLimit,
    startLimit,
    readToken,
    readCommand: createCommandReader(),
    translate: createTranslation(),
  }
  // It never listens: it is given what the service has admitted, and engine.io and the files of the client hang on it.
  const inner = createServer()
  const io = new Server(inner, {
    path: socketIoPath,
    addTrailingSlash: false,
    transports: ['polling', 'websocket'],
    maxHttpBufferSize: maxPacket,
    pingInterval: limits.heartbeatMs,
    pingTimeout: limits.heartbeatMs,
    connectTimeout: connectMs,
    httpCompression: false,
    perMessageDeflate: false,
  })
  const lines = new Map<Connection, Line>()
  const arrivals = new WeakMap<Socket, Arrival>()
  let isStopping = false

  meters.watch('realtime_socketio_connections', 'Connections of Socket.IO, by whatever transport', () => lines.size)
  meters.watch('realtime_socketio_buffered_bytes', 'What waits for clients of Socket.IO', () => {
    let sum = 0
    for (const { line } of lines.values()) sum += line.buffered
    return sum
  })

  io.engine.on('connection', (connection: Connection) => {
    seats.take()
    lines.set(connection, lineOn(connection))
    connection.once('close', (reason: string) => {
      if (reason === 'ping timeout') meters.socketsCut.inc({ reason: 'silent' })
      seats.leave()
      lines.delete(connection)
    })
  })
  io.engine.on('connection_error', ({ message }: { message: string }) => {
    meters.framesRefused.inc({ code: 'protocol' })
    logger.debug({ message }, 'a client broke the protocol')
  })

  io.use((socket, next) => {
    const found = lines.get(socket.conn)
    if (found === undefined || found.entries >= maxEntries) {
      found?.line.cut()
      return
    }
    found.entries += 1
    reception.greet(socket.request, socket.handshake.auth).then(
      (arrival) => {
        arrivals.set(socket, arrival)
        next()
      },
      (error: unknown) => next(refusalToConnect(error)),
    )
  })
  io.on('connection', (socket) => {
    const found = lines.get(socket.conn)
    const arrival = arrivals.get(socket)
    // A client that enters twice before it was let in once.
    if (found === undefined || arrival === undefined || found.visit !== undefined) {
      socket.disconnect(true)
      return
    }
    const visit = new Visit(tools, socket, found.line, arrival)
    found.visit = visit
    // The parser takes numbers for names, too.
    socket.onAny((name: unknown, ...given: unknown[]) => visit.hear(String(name), given))
    socket.once('disconnect', () => {
      found.visit = undefined
      visit.end()
    })
  })

  function lineOn(connection: Connection): Line {
    const { bufferBytes: bound, stallMs, frameRate, maxRooms } = limits
    const flood = new FloodLimit(frameRate, maxRooms + 2 * frameRate, performance.now())
    const cut = (reason: 'flood' | 'slow') => {
      if (found.visit !== undefined) found.visit.cutAs(reason)
      else line.cut()
    }
    const isFlood = () => {
      if (flood.take(performance.now())) return false
      cut('flood')
      return true
    }
    const onSent = () => {
      meters.framesSent += 1
    }
    const line = new EngineLine({
      connection,
      bound,
      stallMs,
      onSent,
      onSlow: () => cut('slow'),
      onPing: () => void isFlood(),
    })
    const found: Line = { line, visit: undefined, entries: 0 }
    connection.on('packet', ({ type, data }: { type: string; data?: unknown }) => {
      if (isFlood()) return
      // No event has attachments; the decoder would hold what is announced until all of it has come.
      if (type === 'message' && typeof data !== 'string') line.cut()
    })
    return found
  }

  function refusalToConnect(error: unknown): Error {
    if (!(error instanceof Rejection)) logger.error({ error }, 'a socket could not be let in')
    const { problem } = refusalOf(error, '')
    return Object.assign(new Error(problem.detail ?? problem.title), { data: { status: problem.status } })
  }

  /** Only what begins a connection needs a place and a credential: `sid` is a secret of the one who began. */
  async function admit(request: IncomingMessage): Promise<void> {
    if (new URL(request.url ?? '/', 'http://realtime').searchParams.has('sid')) return
    if (isStopping || seats.areTaken || !core.feed.isStarted) {
      throw new Rejection('unavailable', 'There is no place for another connection now; try again')
    }
    await reception.admit(request)
  }

  return {
    upgrade(request, wire, head) {
      admit(request).then(
        () => inner.emit('upgrade', request, wire, head),
        (error: unknown) => {
          if (!(error instanceof Rejection)) logger.error({ error }, 'an upgrade failed')
          const { status, title } = refusalOf(error, '').problem
          refuseUpgrade(wire, status, title)
        },
      )
    },
    async http(request, response) {
      await admit(request)
      inner.emit('request', request, response)
    },
    async stop() {
      isStopping = true
      const deadline = performance.now() + stopMs
      while (lines.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
      for (const { line } of lines.values()) line.cut()
    },
  }
}

interface Line {
  line: EngineLine
  visit: Visit | undefined
  /** How often its client has asked to be let in. */
  entries: number
}

/** Whether a path is that of Socket.IO, or of a file that it serves. */
export function isSocketIoPath(url: string): boolean {
  const path = url.split('?', 1)[0] ?? ''
  return path === socketIoPath || path.startsWith(`${socketIoPath}/`)
}
