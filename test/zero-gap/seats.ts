import { SignJWT } from 'jose'
import { createVisitorTokens } from '../../infra/runtime/auth/visitor-tokens.ts'
import type { Config } from '../../infra/runtime/config.ts'
import { type BreakableWire, breakableWire } from '../../realtime/testing/breakable-wire.ts'
import type { Conversation, LogWriter } from '../../realtime/testing/log-writer.ts'
import { HubListener } from './hub-listener.ts'
import type { Kind, Listener, Seat } from './listener.ts'
import { SocketIoListener } from './socket-io-listener.ts'
import { WsListener } from './ws-listener.ts'

/** A client in a room, and the wire over which it speaks. */
export interface Placed {
  room: Conversation
  kind: Kind
  listener: Listener
  wire: BreakableWire
}

type Make = (seat: Seat) => Listener

const plain: Make = (seat) => new WsListener(seat)

const hubs: readonly Make[] = [
  (seat) => new HubListener(seat, 'WebSockets', 'address', false),
  (seat) => new HubListener(seat, 'WebSockets without negotiation', 'joining', false),
  (seat) => new HubListener(seat, 'server-sent events', 'joining', false),
  (seat) => new HubListener(seat, 'long polling', 'address', false),
  (seat) => new HubListener(seat, 'WebSockets', 'joining', true),
]

const socketIos: readonly Make[] = [
  (seat) => new SocketIoListener(seat, ['websocket']),
  (seat) => new SocketIoListener(seat, ['polling', 'websocket']),
  (seat) => new SocketIoListener(seat, ['polling']),
]

/** In each room an agent and a visitor by each protocol; how a protocol is spoken, the rooms take by turns. */
export async function place(
  { gateway, config, writer }: { gateway: string; config: Config; writer: LogWriter },
  rooms: readonly Conversation[],
  random: () => number,
): Promise<Placed[]> {
  const placed: Placed[] = []
  for (const [index, room] of rooms.entries()) {
    const tokens = { agent: await agentToken(config, writer, room), visitor: await visitorToken(config, room) }
    for (const [turn, kind] of (['agent', 'visitor'] as const).entries()) {
      const nth = index * 2 + turn
      for (const make of [plain, hubs[nth % hubs.length], socketIos[nth % socketIos.length]]) {
        if (make === undefined) continue
        const wire = await breakableWire(gateway)
        // Clients have addresses of their own, by which they belong with one instance or another.
        wire.from = `127.0.${1 + (placed.length >> 7)}.${1 + (placed.length & 127)}`
        const { id: conversationId, visitorId } = room
        const seat = { origin: wire.url, kind, conversationId, visitorId, token: tokens[kind], random }
        placed.push({ room, kind, listener: make(seat), wire })
      }
    }
  }
  return placed
}

async function agentToken(config: Config, writer: LogWriter, { workspaceId }: Conversation): Promise<string> {
  const sub = await writer.agent(workspaceId)
  return new SignJWT({ sub, email: 'a@demo.test', app_metadata: { workspace_id: workspaceId, role: 'agent' } })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('4h')
    .sign(new TextEncoder().encode(config.goTrueSecret))
}

function visitorToken(config: Config, room: Conversation): Promise<string> {
  const { id: conversationId, workspaceId, contactId, visitorId } = room
  const told = { workspaceId, conversationId, contactId, visitorId }
  return createVisitorTokens(config.visitorSecret).issueVisitorToken(told)
}
