const tickMs = 100

/** Visits each of many once in a period, some at a time: thousands pinged in one turn of the event loop would hold up everybody else. */
export class Rounds<T> {
  readonly #visit: (one: T) => void
  readonly #turns: Set<T>[]
  readonly #turnOf = new Map<T, Set<T>>()
  readonly #timer: NodeJS.Timeout
  #added = 0
  #at = 0

  /** `periodMs`: in milliseconds. Who leaves meanwhile is not visited. */
  constructor(periodMs: number, visit: (one: T) => void) {
    this.#visit = visit
    const turns = Math.max(1, Math.floor(periodMs / tickMs))
    this.#turns = Array.from({ length: turns }, () => new Set<T>())
    this.#timer = setInterval(() => this.#go(), periodMs / turns).unref()
  }

  add(one: T): void {
    const turn = this.#turns[this.#added++ % this.#turns.length]
    if (turn === undefined) return
    turn.add(one)
    this.#turnOf.set(one, turn)
  }

  delete(one: T): void {
    this.#turnOf.get(one)?.delete(one)
    this.#turnOf.delete(one)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #go(): void {
    for (const one of this.#turns[this.#at] ?? []) this.#visit(one)
    this.#at = (this.#at + 1) % this.#turns.length
  }
}
