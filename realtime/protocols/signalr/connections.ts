import { randomUUID } from 'node:crypto'
import { Rejection } from '../../../schemas/rejection.ts'
import { Rounds } from '../rounds.ts'
import type { Seats } from '../seats.ts'
import { type Closing, leftBehind, silent } from './closings.ts'
import { HubConnection } from './connection.ts'
import type { Arrival, HubTools } from './hub-tools.ts'
import type { Negotiated } from './negotiation.ts'
import type { PollCarrier } from './poll-carrier.ts'

export interface Entry {
  readonly connection: HubConnection
  /** What carries it, where that is polls: requests that come one by one, and have to find it. */
  polls?: PollCarrier
}

/** What an upgrade is to be: `turned-away` is let in, and closed at once. */
export type Turn = 'begin' | 'resume' | 'turned-away'

/** Official clients ask again at once. */
const refusedForMs = 30_000

interface Known extends Entry {
  overAt?: number
}

/** The connections of this instance, by the id that their requests name. */
export class Connections {
  readonly #tools: HubTools
  readonly #seats: Seats
  readonly #known = new Map<string, Known>()
  /** Ids that must not be begun again, until when their tokens would allow it; seconds. */
  readonly #ended = new Map<string, number>()
  /** Stateful connections that WebSockets ask for in vain, until when; performance.now(). */
  readonly #refused = new Map<string, number>()
  readonly #rounds: Rounds<string>
  readonly #sweep: NodeJS.Timeout

  /** `beatMs`: how often each is looked after. */
  constructor(tools: HubTools, seats: Seats, beatMs: number) {
    this.#tools = tools
    this.#seats = seats
    this.#rounds = new Rounds(beatMs, (id) => this.#beat(id))
    this.#sweep = setInterval(() => this.#forgetEnded(), beatMs).unref()
  }

  get size(): number {
    return this.#known.size
  }

  get buffered(): number {
    let bytes = 0
    for (const { connection } of this.#known.values()) bytes += connection.buffered
    return bytes
  }

  find({ connectionId }: Negotiated): Entry | undefined {
    return this.#known.get(connectionId)
  }

  /**
   * What becomes of a WebSocket that names this connection; throws Rejection for one that is refused.
   *
   * One who asks for a stateful connection of which nothing is known is not refused at once. The published client has a fault: when a
   * WebSocket that it had left behind closes, it resumes the connection of that one on the transport of its present connection. If that is
   * refused it gives up the present one too, but leaves its WebSocket open, and hears everything twice, by that and by the next. If the
   * WebSocket opens and then closes, it resumes its present connection, as is right. A client that did mean the connection asks for it again.
   */
  turnOf(negotiated: Negotiated): Turn {
    const { connectionId, mayResume } = negotiated
    const known = this.#known.get(connectionId)
    if (known?.connection.canResume) return 'resume'
    if (known !== undefined) throw new Rejection('conflict', 'This connection has begun already')
    if (this.#isFresh(negotiated)) return 'begin'
    if (!mayResume || this.#refused.has(connectionId)) throw ended()
    this.#refuse(connectionId)
    return 'turned-away'
  }

  /** Throws Rejection('not-found') when a connection that was negotiated can no longer begin. */
  demandFresh(negotiated: Negotiated): void {
    if (!this.#isFresh(negotiated)) throw ended()
  }

  #isFresh({ connectionId, beginBy }: Negotiated): boolean {
    return Date.now() / 1000 <= beginBy && !this.#ended.has(connectionId)
  }

  /** Begins one that was negotiated, or one that skips it. `seated` says that somebody else counts it. */
  begin(arrival: Arrival, negotiated: Negotiated | undefined, seated: boolean): Entry {
    const id = negotiated?.connectionId ?? randomUUID()
    if (!seated) this.#seats.take()
    const connection = new HubConnection(this.#tools, id, arrival, (closing) => {
      if (!seated) this.#seats.leave()
      this.#over(id, negotiated, closing)
    })
    const known: Known = { connection }
    this.#known.set(id, known)
    this.#rounds.add(id)
    return known
  }

  stop(): void {
    this.#rounds.stop()
    clearInterval(this.#sweep)
    for (const { connection } of [...this.#known.values()]) connection.close('restart')
  }

  /** What polls have not fetched yet, they may still. */
  #over(id: string, negotiated: Negotiated | undefined, closing: Closing): void {
    // Who is told so, or has broken off, is on no other connection yet.
    if (negotiated?.mayResume && closing !== leftBehind && closing !== silent) this.#refuse(id)
    if (negotiated !== undefined && Date.now() / 1000 <= negotiated.beginBy) this.#ended.set(id, negotiated.beginBy)
    const known = this.#known.get(id)
    if (known?.polls?.isOver === false) known.overAt = performance.now()
    else this.#forget(id)
  }

  #beat(id: string): void {
    const known = this.#known.get(id)
    if (known === undefined) return
    const { connection, polls, overAt } = known
    if (overAt === undefined) connection.beat()
    else if (polls?.isOver !== false || performance.now() - overAt > this.#tools.limits.clientTimeoutMs) {
      this.#forget(id)
    }
  }

  #forget(id: string): void {
    this.#known.delete(id)
    this.#rounds.delete(id)
  }

  #refuse(id: string): void {
    this.#refused.set(id, performance.now() + refusedForMs)
  }

  #forgetEnded(): void {
    for (const [id, until] of this.#refused) if (until < performance.now()) this.#refused.delete(id)
    for (const [id, until] of this.#ended) if (until < Date.now() / 1000) this.#ended.delete(id)
  }
}

const ended = () => new Rejection('not-found', 'This connection has ended, or did not begin in time: negotiate anew')
