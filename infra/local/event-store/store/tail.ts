const MAX_EVENTS = 4096
const MAX_BYTES = 8 * 1024 * 1024

/** The newest events in memory, so that live subscriptions read no disk. Positions in it are consecutive. */
export class Tail {
  private events: Buffer[] = []
  private first: number
  private bytes = 0

  constructor(next: number) {
    this.first = next
  }

  add(event: Buffer): void {
    this.events.push(event)
    this.bytes += event.length
    if (this.events.length > 2 * MAX_EVENTS || this.bytes > 2 * MAX_BYTES) this.trim()
  }

  at(position: number): Buffer | undefined {
    return this.events[position - this.first]
  }

  has(position: number): boolean {
    return position >= this.first && position < this.first + this.events.length
  }

  private trim(): void {
    let drop = Math.max(0, this.events.length - MAX_EVENTS)
    for (let i = 0; i < drop; i++) this.bytes -= this.events[i]?.length ?? 0
    while (this.bytes > MAX_BYTES && drop < this.events.length) this.bytes -= this.events[drop++]?.length ?? 0
    this.events = this.events.slice(drop)
    this.first += drop
  }
}
