import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { bearerOf } from '../../infra/runtime/auth/bearer.ts'
import type { Caller } from '../../schemas/caller.ts'
import { type ClientFrame, protocolName, type ServerFrame } from '../../schemas/realtime/frames.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Core } from '../core.ts'
import { type ReadToken, Session } from '../session.ts'
import { FloodLimit } from './flood-limit.ts'
import { Outbox } from './outbox.ts'
import { textFrame } from './text-frame.ts'
import { createFrameReader } from './ws-client-frame.ts'
import { WsPeer } from './ws-peer.ts'

export interface WsLimits {
  bufferBytes: number
  stallMs: number
  frameRate: number
  maxRooms: number
  maxSockets: number
  heartbeatMs: number
}

export interface WsOptions {
  core: Core
  /** Who the internal token of an upgrade stands for. */
  readCredential: ReadToken
  /** Who the token in a `join` stands for. */
  readToken: ReadToken
  limits: WsLimits
}

export interface WsProtocol {
  /** Takes over a socket that asks for `/realtime`. */
  upgrade(request: IncomingMessage, wire: Duplex, head: Buffer): void
  /** Takes no more, and resolves when all are closed. */
  stop(): Promise<void>
}

const maxFrame = 64 * 1024
const anonymous: Caller = { kind: 'anonymous' }

/** The plain WebSocket protocol (docs/realtime.md). */
export function createWsProtocol({ core, readCredential, readToken, limits }: WsOptions): WsProtocol {
  const { meters, logger } = core
  const peers = new Set<WsPeer>()
  const outbox = new Outbox<WsPeer>()
  const read = createFrameReader()
  const encode = encoder()
  let stopping = false
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrame,
    handleProtocols: (asked) => (asked.has(protocolName) ? protocolName : false),
  })
  const heartbeat = setInterval(() => {
    for (const peer of peers) if (!peer.beat()) cutOff(peer)
  }, limits.heartbeatMs).unref()
  meters.watch('realtime_sockets', 'Sockets of the plain protocol', () => peers.size)
  meters.watch('realtime_buffered_bytes', 'Bytes that wait for sockets', () => {
    let bytes = 0
    for (const peer of peers) bytes += peer.buffered
    return bytes
  })

  function cutOff(peer: WsPeer): void {
    meters.socketsCut.inc({ reason: 'silent' })
    peer.terminate()
  }

  function accept(socket: WebSocket, wire: Duplex, caller: Caller): void {
    const peer = new WsPeer({
      socket,
      wire,
      outbox,
      encode,
      bound: limits.bufferBytes,
      stallMs: limits.stallMs,
      onSent: (frames) => {
        meters.framesSent += frames
      },
      onCut: (reason) => meters.socketsCut.inc({ reason }),
      onSlow: () => session.close('slow'),
    })
    const session = new Session(core, peer, caller, readToken)
    const flood = new FloodLimit(limits.frameRate, limits.maxRooms + 2 * limits.frameRate, performance.now())
    const isFlood = () => {
      if (flood.take(performance.now())) return false
      session.close('flood')
      return true
    }
    peers.add(peer)
    socket.on('message', (data, isBinary) => {
      peer.alive = true
      if (!isFlood()) receive(session, peer, data, isBinary)
    })
    socket.on('pong', () => {
      peer.alive = true
    })
    socket.on('ping', isFlood)
    // Too large, not masked, no UTF-8: ws has closed the connection with the code that RFC 6455 has for it.
    socket.on('error', (error) => {
      meters.framesRefused.inc({ code: 'protocol' })
      logger.debug({ error }, 'a client broke the protocol')
    })
    socket.on('close', () => {
      peers.delete(peer)
      session.end()
    })
  }

  function receive(session: Session, peer: WsPeer, data: RawData, isBinary: boolean): void {
    if (isBinary) {
      session.refuse('validation', 'Frames are text, not binary.')
      return
    }
    const heard = read(String(data))
    if (!heard.ok) {
      session.refuse(heard.code, heard.message, heard.ref)
      return
    }
    meters.framesReceived.inc({ type: heard.frame.type })
    obey(session, peer, heard.frame)
  }

  async function admit(request: IncomingMessage, wire: Duplex, head: Buffer): Promise<void> {
    const token = bearerOf(request.headers.authorization)
    const caller = token === undefined ? anonymous : await readCredential(token)
    if (wire.destroyed) return
    server.handleUpgrade(request, wire, head, (socket) => accept(socket, wire, caller))
  }

  return {
    upgrade(request, wire, head) {
      const drop = () => wire.destroy()
      wire.on('error', drop)
      const path = (request.url ?? '').split('?', 1)[0]
      if (path !== '/realtime') refuseUpgrade(wire, '404 Not Found')
      else if (stopping || peers.size >= limits.maxSockets || !core.feed.isStarted) {
        refuseUpgrade(wire, '503 Service Unavailable')
      } else {
        admit(request, wire, head).catch((error: unknown) => {
          const refused = error instanceof Rejection && error.code === 'unauthenticated'
          if (!refused) logger.error({ error }, 'an upgrade failed')
          refuseUpgrade(wire, refused ? '401 Unauthorized' : '500 Internal Server Error')
        })
      }
    },
    async stop() {
      stopping = true
      clearInterval(heartbeat)
      for (const session of [...core.sessions]) session.close('restart')
      const deadline = performance.now() + 2000
      while (peers.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
      for (const peer of peers) peer.terminate()
    },
  }
}

function obey(session: Session, peer: WsPeer, frame: ClientFrame): void {
  switch (frame.type) {
    case 'join':
      session.join(frame)
      return
    case 'leave':
      session.leave(frame.room, frame.ref)
      return
    case 'typing':
      session.typing(frame.room, frame.state, frame.ref)
      return
    case 'ping':
      peer.deliver({ type: 'pong', ...(frame.ref === undefined ? {} : { ref: frame.ref }) })
      return
    default:
      frame satisfies never
  }
}

/** A frame for many is put into bytes once. */
function encoder(): (frame: ServerFrame) => Buffer {
  const known = new WeakMap<ServerFrame, Buffer>()
  return (frame) => {
    const before = known.get(frame)
    if (before !== undefined) return before
    const bytes = textFrame(JSON.stringify(frame))
    known.set(frame, bytes)
    return bytes
  }
}

function refuseUpgrade(wire: Duplex, status: string): void {
  if (wire.writable) wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
