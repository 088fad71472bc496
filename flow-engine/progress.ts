import { comparePositions, type LogPosition } from '../schemas/envelope.ts'

/** Most that is under way at the same time, where nothing else is said. */
const together = 32

/** How far everything is settled, where work is begun in the order of the log and ends in any. */
export class Progress {
  #reached: LogPosition | undefined
  /** What is under way, in the order in which it began, with where the log stood before it. */
  readonly #open = new Map<Promise<void>, LogPosition | undefined>()

  #fail: (error: unknown) => void = () => undefined
  /** Rejects as soon as any work does; what failed is never settled. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  readonly #most: number
  #wake: () => void = () => undefined
  /** Resolves when something is done; undefined while nobody waits for that. */
  #freed: Promise<void> | undefined

  /** `most` may be under way at the same time; beyond, whoever begins more waits. */
  constructor(after: LogPosition | undefined, most = together) {
    this.#reached = after
    this.#most = most
  }

  /** Up to here all has been begun, or is nobody's affair. */
  get reached(): LogPosition | undefined {
    return this.#reached
  }

  /** Up to here all is done. */
  get settled(): LogPosition | undefined {
    const [first] = this.#open
    return first === undefined ? this.#reached : first[1]
  }

  /** Begins work on the event at a position, when there is room for it. */
  async begin(position: LogPosition, work: () => Promise<unknown>): Promise<void> {
    while (this.#open.size >= this.#most) await Promise.race([this.failed, this.#someDone()])
    const before = this.#reached
    this.#reached = position
    const done: Promise<void> = work().then(() => {
      this.#open.delete(done)
      this.#freed = undefined
      this.#wake()
    }, this.#fail)
    this.#open.set(done, before)
  }

  #someDone(): Promise<void> {
    this.#freed ??= new Promise((resolve) => {
      this.#wake = resolve
    })
    return this.#freed
  }

  reach(position: LogPosition): void {
    if (this.#reached === undefined || comparePositions(position, this.#reached) > 0) this.#reached = position
  }
}
