import type { RawData } from 'ws'
import { type ClientFrame, closeCodes, protocolName, type ServerFrame } from '../../schemas/realtime/frames.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Core } from '../core.ts'
import type { Peer } from '../peer.ts'
import { type ReadToken, Session } from '../session.ts'
import { FloodLimit } from './flood-limit.ts'
import type { Seats } from './seats.ts'
import { textFrame } from './text-frame.ts'
import { createFrameReader } from './ws-client-frame.ts'
import { createWsDoor, type LineLimits, type WsDoor } from './ws-door.ts'
import type { WsLine } from './ws-line.ts'

export interface WsLimits extends LineLimits {
  frameRate: number
  maxRooms: number
}

export interface WsOptions {
  core: Core
  seats: Seats
  /** Who the internal token of an upgrade stands for. */
  readCredential: ReadToken
  /** Who the token in a `join` stands for. */
  readToken: ReadToken
  limits: WsLimits
}

const maxFrame = 64 * 1024

/** The plain WebSocket protocol (docs/realtime.md). */
export function createWsProtocol({ core, seats, readCredential, readToken, limits }: WsOptions): WsDoor {
  const { meters } = core
  const read = createFrameReader()
  const encode = encoder()
  const door = createWsDoor({
    core,
    seats,
    readCredential,
    limits,
    maxFrame,
    handleProtocols: (asked) => (asked.has(protocolName) ? protocolName : false),
    admit({ headers }, caller) {
      demandProtocol(headers['sec-websocket-protocol'])
      return caller
    },
    accept(line, caller) {
      const peer = peerOn(line, encode)
      const session = new Session(core, peer, caller, readToken)
      const flood = new FloodLimit(limits.frameRate, limits.maxRooms + 2 * limits.frameRate, performance.now())
      const isFlood = () => {
        if (flood.take(performance.now())) return false
        session.close('flood')
        return true
      }
      return {
        hear(data, isBinary) {
          if (!isFlood()) receive(session, peer, data, isBinary)
        },
        pinged: isFlood,
        slow: () => session.close('slow'),
        gone: () => session.end(),
      }
    },
  })
  meters.watch('realtime_sockets', 'Sockets of the plain protocol', () => door.lines.size)
  meters.watch('realtime_buffered_bytes', 'Bytes that wait for sockets', () => {
    let bytes = 0
    for (const line of door.lines) bytes += line.buffered
    return bytes
  })

  function receive(session: Session, peer: Peer, data: RawData, isBinary: boolean): void {
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

  return door
}

/** Clients would close a connection on which nothing that they have asked for is spoken (RFC 6455, section 4.1). */
function demandProtocol(asked: string | undefined): void {
  if (asked === undefined || asked.split(',').some((name) => name.trim() === protocolName)) return
  throw new Rejection('validation', `The subprotocol is ${protocolName}`)
}

function peerOn(line: WsLine, encode: (frame: ServerFrame) => Buffer): Peer {
  return {
    deliver: (frame) => line.send(encode(frame)),
    get isFull() {
      return line.isFull
    },
    drained: () => line.drained(),
    close: (reason) => line.close({ reason, ...closeCodes[reason] }),
  }
}

function obey(session: Session, peer: Peer, frame: ClientFrame): void {
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
