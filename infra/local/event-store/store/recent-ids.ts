/** Where an event stands. */
export type EventPlace = { stream: string; revision: number; position: number }

const REMEMBERED = 50_000

/** The newest event ids, by which a repeated append with `any` is recognised. */
export class RecentIds {
  private readonly places = new Map<string, EventPlace>()
  /** The ids in the order of their coming, as a ring. */
  private readonly ring: string[] = []
  private oldest = 0

  get(id: string): EventPlace | undefined {
    return this.places.get(id)
  }

  add(id: string, place: EventPlace): void {
    this.places.set(id, place)
    if (this.ring.length < REMEMBERED) {
      this.ring.push(id)
      return
    }
    const forgotten = this.ring[this.oldest]
    this.ring[this.oldest] = id
    this.oldest = (this.oldest + 1) % REMEMBERED
    if (forgotten !== undefined && forgotten !== id) this.places.delete(forgotten)
  }
}
