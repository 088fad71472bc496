import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { bearerOf } from '../../infra/runtime/auth/bearer.ts'
import { refusalOf } from '../../infra/runtime/http/problem.ts'
import type { Caller } from '../../schemas/caller.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Core } from '../core.ts'
import type { ReadToken } from '../session.ts'
import { Outbox } from './outbox.ts'
import { Rounds } from './rounds.ts'
import type { Seats } from './seats.ts'
import { refuseUpgrade, type Upgrade } from './upgrades.ts'
import { WsLine } from './ws-line.ts'

export interface LineLimits {
  bufferBytes: number
  stallMs: number
  heartbeatMs: number
}

export interface WsDoorOptions<Arrival> {
  core: Core
  seats: Seats
  /** Who the internal token of an upgrade stands for. */
  readCredential: ReadToken
  limits: LineLimits
  /** Largest frame from a client, bytes; a larger one closes the socket with 1009. */
  maxFrame: number
  /** The subprotocol to speak, of those that the client asks for. */
  handleProtocols?: (asked: Set<string>) => string | false
  /** What the protocol has to know of an upgrade. Throws, or rejects with, a Rejection for one that is not wanted. */
  admit: (request: IncomingMessage, caller: Caller) => Arrival | Promise<Arrival>
  /** Begins to speak on a line. */
  accept: (line: WsLine, arrival: Arrival) => Speaker
}

/** What a protocol does with what happens on a line. */
export interface Speaker {
  hear(data: RawData, isBinary: boolean): void
  /** The client has sent a WebSocket ping, which ws has answered. */
  pinged(): void
  /** The line is over its bound, or has stalled. */
  slow(): void
  /** The line has ended, with this close code (RFC 6455). */
  gone(code: number): void
}

export interface WsDoor {
  readonly lines: ReadonlySet<WsLine>
  upgrade: Upgrade
  /** Takes no more, and resolves when all are closed; cuts off who does not close. */
  stop(): Promise<void>
}

const anonymous: Caller = { kind: 'anonymous' }
const stopMs = 2000

/** Lets sockets in, with bounds and a heartbeat, whatever is spoken on them. */
export function createWsDoor<Arrival>(options: WsDoorOptions<Arrival>): WsDoor {
  const { core, seats, readCredential, limits, maxFrame, handleProtocols = () => false } = options
  const { meters, logger } = core
  const lines = new Set<WsLine>()
  const outbox = new Outbox<WsLine>()
  let stopping = false
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrame,
    handleProtocols,
  })
  const heartbeat = new Rounds<WsLine>(limits.heartbeatMs, (line) => {
    if (!line.beat()) cutOff(line)
  })

  function cutOff(line: WsLine): void {
    meters.socketsCut.inc({ reason: 'silent' })
    line.terminate()
  }

  function accept(socket: WebSocket, wire: Duplex, arrival: Arrival): void {
    const line = new WsLine({
      socket,
      wire,
      outbox,
      bound: limits.bufferBytes,
      stallMs: limits.stallMs,
      onSent: (frames) => {
        meters.framesSent += frames
      },
      onCut: (reason) => meters.socketsCut.inc({ reason }),
      onSlow: () => speaker.slow(),
    })
    seats.take()
    lines.add(line)
    heartbeat.add(line)
    const speaker = options.accept(line, arrival)
    socket.on('message', (data, isBinary) => {
      line.alive = true
      speaker.hear(data, isBinary)
    })
    socket.on('pong', (data) => line.answered(data))
    socket.on('ping', () => speaker.pinged())
    // Too large, not masked, no UTF-8: ws has closed the connection with the code that RFC 6455 has for it.
    socket.on('error', (error) => {
      meters.framesRefused.inc({ code: 'protocol' })
      logger.debug({ error }, 'a client broke the protocol')
    })
    socket.on('close', (code) => {
      seats.leave()
      lines.delete(line)
      heartbeat.delete(line)
      speaker.gone(code)
    })
  }

  async function admit(request: IncomingMessage, wire: Duplex, head: Buffer): Promise<void> {
    const token = bearerOf(request.headers.authorization)
    const caller = token === undefined ? anonymous : await readCredential(token)
    const arrival = await options.admit(request, caller)
    if (wire.destroyed) return
    server.handleUpgrade(request, wire, head, (socket) => accept(socket, wire, arrival))
  }

  return {
    lines,
    upgrade(request, wire, head) {
      if (stopping || seats.areTaken || !core.feed.isStarted) {
        refuseUpgrade(wire, 503, 'Service Unavailable')
        return
      }
      admit(request, wire, head).catch((error: unknown) => {
        if (!(error instanceof Rejection)) logger.error({ error }, 'an upgrade failed')
        const { status, title } = refusalOf(error, '').problem
        refuseUpgrade(wire, status, title)
      })
    },
    async stop() {
      stopping = true
      heartbeat.stop()
      const deadline = performance.now() + stopMs
      while (lines.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
      for (const line of lines) line.terminate()
    },
  }
}
