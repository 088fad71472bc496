/** How often one may ask in vain, for a connection that is over, before he is refused. */
const turns = 3
/** Official clients ask again at once. */
const rememberedMs = 30_000

interface Departure {
  /** How many more are turned away; the very next is refused if `isToRefuse`. */
  turnsLeft: number
  isToRefuse: boolean
  until: number
}

/**
 * Stateful connections that are no more, or never were here, and the WebSockets that ask for them all the same.
 *
 * The published client has a fault: when a WebSocket that it had left behind closes, it resumes the connection of that one on the
 * transport of its present connection. If that is refused it gives up the present one too, but leaves its WebSocket open, and hears
 * everything twice, by that and by the next. If the WebSocket opens and then closes, it resumes its present connection, as is right. So
 * such a WebSocket is turned away: let in, and closed. A client that did mean the connection asks for it again, until he is refused.
 */
export class Departures {
  readonly #known = new Map<string, Departure>()

  /**
   * A connection has ended. `isKnown`: its client knows, having ended it or been told. What he asks for first he asks on the transport
   * that he is about to give up, and refusing that is what makes him do so.
   */
  note(connectionId: string, isKnown: boolean): Departure {
    const departure = { turnsLeft: turns, isToRefuse: isKnown, until: performance.now() + rememberedMs }
    this.#known.set(connectionId, departure)
    return departure
  }

  knows(connectionId: string): boolean {
    return this.#known.has(connectionId)
  }

  /** Whether a WebSocket that asks for this connection is to be refused. */
  refuses(connectionId: string): boolean {
    const departure = this.#known.get(connectionId) ?? this.note(connectionId, false)
    const { isToRefuse, turnsLeft } = departure
    departure.isToRefuse = false
    if (isToRefuse || turnsLeft === 0) return true
    departure.turnsLeft -= 1
    return false
  }

  forget(): void {
    for (const [id, { until }] of this.#known) if (until < performance.now()) this.#known.delete(id)
  }
}
