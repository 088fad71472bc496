import type { Peer } from './peer.ts'
import type { Audience, Order, Sighting } from './sighting.ts'

export interface MemberOptions<Place> {
  peer: Peer
  audience: Audience
  /** Whose typing and presence are his own. */
  identity: string
  order: Order<Place>
  /** What the client has. */
  after: Place
  /** What the feed has brought to the room before: a read that ends earlier has not seen the present. */
  due?: Place | undefined
  /** Most sightings kept while the stream is read; more are read from the stream later. */
  maxKept?: number
  /** Called when a live member has to be brought up to date: the feed has left something out, or the peer takes no more. */
  onBehind: (why: 'gap' | 'full') => void
}

/**
 * One peer in one room. It is `behind` until the stream has been read up to what the feed brings, and keeps meanwhile what the feed
 * brings; then it is `live`. Whatever order feed and stream come in, each place is sent once, ascending, with none left out.
 */
export class Member<Place> {
  readonly audience: Audience
  readonly identity: string
  readonly #peer: Peer
  readonly #order: Order<Place>
  readonly #maxKept: number
  readonly #onBehind: (why: 'gap' | 'full') => void
  #state: 'behind' | 'live' | 'gone' = 'behind'
  #sent: Place
  /** The last place that the feed has brought. */
  #due: Place | undefined
  #kept: Sighting<Place>[] = []
  #spilt = false

  constructor(options: MemberOptions<Place>) {
    this.audience = options.audience
    this.identity = options.identity
    this.#peer = options.peer
    this.#order = options.order
    this.#maxKept = options.maxKept ?? 256
    this.#onBehind = options.onBehind
    this.#due = options.due
    this.#sent = options.after
  }

  /** Everything up to here has been sent, or may not be seen. */
  get sent(): Place {
    return this.#sent
  }

  /** Whether the feed is known to have brought nothing yet that was not sent; what comes later, it will bring. */
  get hasAllBrought(): boolean {
    return this.#due !== undefined && !this.#order.isAfter(this.#due, this.#sent)
  }

  get isLive(): boolean {
    return this.#state === 'live'
  }

  get isGone(): boolean {
    return this.#state === 'gone'
  }

  /** What the feed brings. */
  offer(sighting: Sighting<Place>): void {
    if (this.#state === 'gone' || !this.#order.isAfter(sighting.place, this.#sent)) return
    if (this.#state === 'behind') {
      this.#keep(sighting)
    } else if (this.#order.isNext(sighting.place, this.#sent)) {
      this.#send(sighting)
      if (this.#peer.isFull) this.#fallBehind('full')
    } else {
      this.#fallBehind('gap')
      this.#keep(sighting)
    }
  }

  /** What a read of the stream brings, in order from what was sent. */
  take(sighting: Sighting<Place>): void {
    if (this.#state === 'gone' || !this.#order.isAfter(sighting.place, this.#sent)) return
    this.#send(sighting)
  }

  /** Begins at a place that was not known when the member entered. */
  startAt(place: Place): void {
    if (this.#order.isAfter(place, this.#sent)) this.#sent = place
  }

  /** Sends what was kept and goes live; false when the peer has to drain, or the stream to be read again, first. */
  goLive(): boolean {
    if (this.#state !== 'behind') return true
    const kept = this.#kept
    this.#kept = []
    this.#spilt = false
    for (const [index, sighting] of kept.entries()) {
      if (!this.#order.isAfter(sighting.place, this.#sent)) continue
      if (this.#peer.isFull || !this.#order.isNext(sighting.place, this.#sent)) {
        this.#kept = kept.slice(index)
        return false
      }
      this.#send(sighting)
    }
    if (this.#due !== undefined && this.#order.isAfter(this.#due, this.#sent)) return false
    this.#state = 'live'
    return true
  }

  /** Nothing is delivered afterwards. */
  dismiss(): void {
    this.#state = 'gone'
    this.#kept = []
  }

  get peer(): Peer {
    return this.#peer
  }

  /** What is said about it is done later: the caller has not finished. */
  #fallBehind(why: 'gap' | 'full'): void {
    if (this.#state !== 'live') return
    this.#state = 'behind'
    queueMicrotask(() => this.#onBehind(why))
  }

  #keep(sighting: Sighting<Place>): void {
    if (this.#due === undefined || this.#order.isAfter(sighting.place, this.#due)) this.#due = sighting.place
    if (this.#spilt) return
    if (this.#kept.length < this.#maxKept) this.#kept.push(sighting)
    else this.#spilt = true
  }

  #send(sighting: Sighting<Place>): void {
    this.#sent = sighting.place
    const frame = sighting.frameFor(this.audience)
    if (frame !== undefined) this.#peer.deliver(frame)
  }
}
