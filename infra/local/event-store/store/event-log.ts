import { type Environment, positionKey, positionOfKey } from './environment.ts'
import { Tail } from './tail.ts'

/** A page ends with the event that reaches this, so that a reader holds little memory however large events are. */
export const PAGE_BYTES = 256 * 1024

/** The log of all events by position; positions count from 1 and have no gaps. */
export class EventLog {
  private readonly env: Environment
  private readonly tail: Tail
  /** The position of the newest committed event, 0 when there is none. */
  last: number

  constructor(env: Environment) {
    this.env = env
    const [key] = [...env.log.getKeys({ reverse: true, limit: 1 })]
    this.last = key === undefined ? 0 : positionOfKey(key)
    this.tail = new Tail(this.last + 1)
  }

  at(position: number): Buffer | undefined {
    return this.tail.at(position) ?? this.env.log.get(positionKey(position))
  }

  /** At most `limit` events from `from` on, forwards, none behind `to`. */
  forwards(from: number, to: number, limit: number): Buffer[] {
    const end = Math.min(to, this.last, from + limit - 1)
    if (end < from) return []
    if (this.tail.has(from)) return this.fromTail(from, end)
    return this.range(positionKey(from), positionKey(end), false)
  }

  /** At most `limit` events before `before`, the newest first. */
  backwards(before: number, limit: number): Buffer[] {
    const start = Math.min(before - 1, this.last)
    if (start < 1) return []
    return this.range(positionKey(start), positionKey(Math.max(1, start - limit + 1)), true)
  }

  committed(events: Iterable<{ position: number; bytes: Buffer }>): void {
    for (const { position, bytes } of events) {
      this.tail.add(bytes)
      this.last = position
    }
  }

  private fromTail(from: number, end: number): Buffer[] {
    const events: Buffer[] = []
    let bytes = 0
    for (let position = from; position <= end; position++) {
      const event = this.tail.at(position)
      if (!event) break
      events.push(event)
      bytes += event.length
      if (bytes >= PAGE_BYTES) break
    }
    return events
  }

  private range(start: Buffer, end: Buffer, reverse: boolean): Buffer[] {
    const events: Buffer[] = []
    let bytes = 0
    for (const { value } of this.env.log.getRange({ start, end, inclusiveEnd: true, reverse })) {
      events.push(value)
      bytes += value.length
      if (bytes >= PAGE_BYTES) break
    }
    return events
  }
}
