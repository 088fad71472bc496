import { comparePositions, type LogPosition } from '../../../schemas/envelope.ts'
import type { StoredEvent } from './stored.ts'

/** What fills an intake, as far as it can be held back. */
export interface Source {
  pause(): unknown
  resume(): unknown
}

/** What was taken out in one go. */
export interface Taken {
  events: StoredEvent[]
  /** Everything up to here has been considered; undefined at the beginning of the log. */
  position: LogPosition | undefined
  caughtUp: boolean
}

/**
 * The bounded buffer between a subscription and its consumer. Full, it holds the source back. When a source breaks, another goes on where
 * the buffer ends, and nothing in here is lost.
 */
export class Intake {
  private readonly limit: number
  private events: StoredEvent[] = []
  private source: Source | undefined
  private held = false
  private wake: (() => void) | undefined
  private wakeAt = 1
  /** Whether there is something to tell beside events: a later position, or that the end of the log is reached. */
  private news = false
  /** Where the buffer ends, and another source would go on; undefined at the beginning of the log. */
  end: LogPosition | undefined
  /** Whether the log had nothing more after `end`. */
  live = false

  constructor(limit: number, after: LogPosition | undefined) {
    this.limit = limit
    this.end = after
  }

  get size(): number {
    return this.events.length
  }

  get hasNews(): boolean {
    return this.news
  }

  attach(source: Source): void {
    this.source = source
    this.held = false
    this.live = false
    this.holdWhenFull()
  }

  /** Takes an event that is beyond the end; a second sight of an earlier one is dropped. */
  push(event: StoredEvent): void {
    if (!this.isBeyond(event.position)) return
    this.events.push(event)
    this.end = event.position
    this.holdWhenFull()
    if (this.live || this.events.length >= this.wakeAt) this.signal()
  }

  /** Nothing of ours lies between the end and this position. */
  advance(position: LogPosition): void {
    if (!this.isBeyond(position)) return
    this.end = position
    this.tell()
  }

  becomeLive(): void {
    if (this.live) return
    this.live = true
    this.tell()
  }

  /** Up to so many events. What is left over stays; the position is then that of the last one taken. */
  take(max: number): Taken {
    const all = this.events.length <= max
    const events = all ? this.events : this.events.slice(0, max)
    this.events = all ? [] : this.events.slice(max)
    if (this.held && this.events.length <= this.limit / 2) {
      this.held = false
      this.source?.resume()
    }
    if (all) this.news = false
    return { events, position: all ? this.end : events.at(-1)?.position, caughtUp: all && this.live }
  }

  /** Resolves when there are so many events, or news, or the time is over. */
  change(events: number, ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.wakeAt = events
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  signal(): void {
    const wake = this.wake
    this.wake = undefined
    wake?.()
  }

  private tell(): void {
    this.news = true
    this.signal()
  }

  private isBeyond(position: LogPosition): boolean {
    return this.end === undefined || comparePositions(position, this.end) > 0
  }

  private holdWhenFull(): void {
    if (this.held || this.events.length < this.limit) return
    this.held = true
    this.source?.pause()
  }
}
