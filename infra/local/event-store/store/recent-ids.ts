/** Where an event stands. */
export type EventPlace = { stream: string; revision: number; position: number }

const REMEMBERED = 50_000

/** The newest event ids, by which a repeated append with `any` is recognised. */
export class RecentIds {
  private readonly places = new Map<string, EventPlace>()

  get(id: string): EventPlace | undefined {
    return this.places.get(id)
  }

  add(id: string, place: EventPlace): void {
    this.places.set(id, place)
    if (this.places.size <= REMEMBERED) return
    for (const oldest of this.places.keys()) {
      this.places.delete(oldest)
      break
    }
  }
}
