import { randomUUID } from 'node:crypto'
import { Rejection } from '../../../schemas/rejection.ts'
import { Rounds } from '../rounds.ts'
import type { Seats } from '../seats.ts'
import { type Closing, elsewhere, leftBehind, silent } from './closings.ts'
import { HubConnection } from './connection.ts'
import { Departures } from './departures.ts'
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

/** How long it may take until it is known whether a WebSocket that another is to replace is still there. */
const askMs = 500

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
  readonly #departures = new Departures()
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
   * What becomes of a WebSocket that names this connection; rejects with a Rejection for one that is refused.
   *
   * Who closes a WebSocket does so before he asks for the next, but the word may come later: so the one that is there is asked first.
   * `mayBeElsewhere`: another instance is asked if this one knows nothing of it.
   */
  async turnOf(negotiated: Negotiated, mayBeElsewhere: boolean): Promise<Turn> {
    const { connectionId, mayResume } = negotiated
    const present = this.#known.get(connectionId)?.connection
    if (present?.canResume) await present.asked(askMs)
    // Who has not said on one WebSocket where he goes on, and asks for another, has left the one behind; by the other he would say
    // where he is on the connection that came after.
    if (present?.isAsked) present.leave()
    const known = this.#known.get(connectionId)
    if (known?.connection.canResume) return 'resume'
    if (known !== undefined) throw new Rejection('conflict', 'This connection has begun already')
    if (mayResume && mayBeElsewhere && !this.#departures.knows(connectionId)) {
      throw new Rejection('unavailable', 'Another instance may have this connection')
    }
    if (this.#isFresh(negotiated)) return 'begin'
    if (!mayResume || this.#departures.refuses(connectionId)) throw ended()
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
    if (negotiated?.mayResume && closing !== elsewhere) {
      this.#departures.note(id, closing !== leftBehind && closing !== silent)
    }
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

  #forgetEnded(): void {
    this.#departures.forget()
    for (const [id, until] of this.#ended) if (until < Date.now() / 1000) this.#ended.delete(id)
  }
}

const ended = () => new Rejection('not-found', 'This connection has ended, or did not begin in time: negotiate anew')
