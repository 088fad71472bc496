import type { IncomingMessage, ServerResponse } from 'node:http'
import { bearerOf } from '../../../infra/runtime/auth/bearer.ts'
import { refuseUnbound } from '../../../infra/runtime/http/unbound.ts'
import type { Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Core } from '../../core.ts'
import type { ReadToken } from '../../session.ts'
import { Outbox } from '../outbox.ts'
import type { Seats } from '../seats.ts'
import { type Address, readAddress } from './address.ts'
import type { CarrierLimits } from './carrier.ts'
import type { Connections, Entry } from './connections.ts'
import { type Negotiated, type Negotiation, negotiateAnswer } from './negotiation.ts'
import { PollCarrier } from './poll-carrier.ts'
import { SseCarrier } from './sse-carrier.ts'

export interface HubHttpOptions {
  core: Core
  seats: Seats
  connections: Connections
  negotiation: Negotiation
  readCredential: ReadToken
  limits: CarrierLimits & {
    /** Longest body of a request, bytes. */
    maxMessage: number
    pollHoldMs: number
  }
}

/** Answers a request to the hub. Throws Rejection. */
export type HubHttp = (request: IncomingMessage, response: ServerResponse, traceId: string) => Promise<void>

const anonymous: Caller = { kind: 'anonymous' }
/** What `@microsoft/signalr` says that it is, in its `Utils.ts`. */
const javascriptClient = /^Microsoft SignalR\/.*; (Browser|NodeJS);/
const found = { hub: 'GET, POST, DELETE', negotiate: 'POST' }

/** The hub's requests: negotiating, event streams, and polls (the transport protocols of SignalR). */
export function createHubHttp(options: HubHttpOptions): HubHttp {
  const { core, seats, connections, negotiation, readCredential, limits } = options
  const { meters } = core
  const streams = new Outbox<SseCarrier>()
  const polls = new Outbox<PollCarrier>()
  const onSent = (packets: number) => {
    meters.framesSent += packets
  }
  const onCut = (reason: string) => reason !== 'done' && meters.socketsCut.inc({ reason })

  function negotiate({ headers }: IncomingMessage, { query }: Address, caller: Caller, response: ServerResponse): void {
    demandRoom()
    const version = Number(query.get('negotiateVersion') ?? 0)
    const mayResume = query.get('useStatefulReconnect') === 'true'
    // Browsers withhold the one, and node has the other.
    const agent = String(headers['x-signalr-user-agent'] ?? headers['user-agent'])
    const speaksFirst = javascriptClient.test(agent)
    const answer = negotiateAnswer(version, negotiation.issue(caller, { mayResume, speaksFirst }), mayResume)
    send(response, 200, JSON.stringify(answer), 'application/json; charset=utf-8')
  }

  function receive(request: IncomingMessage, response: ServerResponse, address: Address, caller: Caller): void {
    const negotiated = demandId(address)
    const known = connections.find(negotiated)
    const wantsStream = request.headers.accept?.includes('text/event-stream') ?? false
    if (known !== undefined && (wantsStream || known.polls === undefined)) {
      throw new Rejection('conflict', 'This connection has begun with another transport')
    }
    if (known !== undefined) poll(known, response)
    else if (wantsStream) stream(begin(negotiated, address, caller), response)
    else beginPolls(begin(negotiated, address, caller), response)
  }

  function begin(negotiated: Negotiated, { conversation }: Address, caller: Caller): Entry {
    connections.demandFresh(negotiated)
    demandRoom()
    return connections.begin({ caller, ...conversation, mayResume: false, speaksFirst: false }, negotiated, false)
  }

  function stream({ connection }: Entry, response: ServerResponse): void {
    const onSlow = () => connection.close('slow')
    const carrier = new SseCarrier(response, { ...limits, outbox: streams, onSent, onCut, onSlow })
    connection.begin(carrier)
    response.once('close', () => connection.lost(carrier))
  }

  /** The first poll is answered at once: so the client learns that it is connected. */
  function beginPolls(entry: Entry, response: ServerResponse): void {
    const { connection } = entry
    const onSlow = () => connection.close('slow')
    const onBroken = () => connection.lost(carrier)
    const holdMs = limits.pollHoldMs
    const carrier: PollCarrier = new PollCarrier({ ...limits, holdMs, outbox: polls, onSent, onCut, onSlow, onBroken })
    entry.polls = carrier
    connection.begin(carrier)
    send(response, 200, '', 'text/plain; charset=utf-8')
  }

  /** Polls that follow answers are as many as we answer; those that do not wait for theirs are the client's doing. */
  function poll({ connection, polls: carrier }: Entry, response: ServerResponse): void {
    if (carrier?.isWatched && !connection.isOver) connection.isFlood()
    connection.heard()
    response.once('close', () => connection.heard())
    carrier?.poll(response)
  }

  async function take(request: IncomingMessage, response: ServerResponse, address: Address): Promise<void> {
    const { connection } = demandKnown(address)
    const text = await textOf(request, limits.maxMessage)
    connection.receive(text)
    send(response, 200, '', 'text/plain; charset=utf-8')
  }

  function end(response: ServerResponse, address: Address): void {
    const { connection, polls: carrier } = demandKnown(address)
    if (carrier === undefined) throw new Rejection('validation', 'Only polling is ended by a request')
    // Official clients end so what broke while it began, too; a goodbye is a message.
    connection.lost(carrier)
    send(response, 202, '', 'text/plain; charset=utf-8')
  }

  function demandKnown(address: Address): Entry {
    const entry = connections.find(demandId(address))
    if (entry === undefined || entry.connection.isOver) {
      throw new Rejection('not-found', 'There is no such connection: negotiate anew')
    }
    return entry
  }

  function demandRoom(): void {
    if (!seats.areTaken && core.feed.isStarted) return
    throw new Rejection('unavailable', 'There is no place for another connection now; try again')
  }

  return async (request, response, traceId) => {
    const token = bearerOf(request.headers.authorization)
    const caller = token === undefined ? anonymous : await readCredential(token)
    const address = readAddress(request, caller, negotiation)
    if (address.path === 'negotiate' && request.method === 'POST') negotiate(request, address, caller, response)
    else if (address.path === 'hub' && request.method === 'GET') receive(request, response, address, caller)
    else if (address.path === 'hub' && request.method === 'POST') await take(request, response, address)
    else if (address.path === 'hub' && request.method === 'DELETE') end(response, address)
    else refuseUnbound(request, response, { kind: 'method', allow: found[address.path] }, traceId)
  }
}

function demandId({ negotiated }: Address): Negotiated {
  if (negotiated !== undefined) return negotiated
  throw new Rejection('validation', 'id is required: POST …/negotiate gives one', [
    { path: 'id', message: 'id is required' },
  ])
}

async function textOf(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes: Buffer = chunk
    size += bytes.length
    if (size > maxBytes) throw new Rejection('too-large', `A body must not be larger than ${maxBytes} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, text: string, type: string): void {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }
  response.writeHead(status, headers).end(text)
}
