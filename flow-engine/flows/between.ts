import type { LogPosition } from '../../schemas/envelope.ts'
import type { Progress } from '../progress.ts'
import type { UnderWay } from './vigil.ts'

/** So long the checkpoint waits for one that does not come through; then it is looked after from memory alone. */
const heldMs = 60_000

/**
 * Runs that their conversation names and that have not begun, and those that have ended and of which it was not told: whoever was to do so
 * may have died, and no list of runs under way has them.
 */
export class Between {
  readonly #open = new Map<string, { run: UnderWay; since: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  enter(run: UnderWay): void {
    this.#open.set(run.id, { run, since: this.#now() })
  }

  leave(runId: string): void {
    this.#open.delete(runId)
  }

  runs(): UnderWay[] {
    return [...this.#open.values()].map(({ run }) => run)
  }

  /**
   * How far all is settled, as far as nobody is between: so whoever takes over reads those again. What was settled when somebody asked
   * counts as soon as all have left who were between then.
   */
  settled(progress: Pick<Progress, 'settled'>): { readonly settled: LogPosition | undefined } {
    let sure: LogPosition | undefined = progress.settled
    let next: { settled: LogPosition | undefined; open: readonly object[] } | undefined
    const held = () => this.#held()
    return {
      get settled() {
        const open = held()
        if (next?.open.every((entry) => !open.has(entry))) {
          sure = next.settled
          next = undefined
        }
        next ??= { settled: progress.settled, open: [...open] }
        return sure
      },
    }
  }

  #held(): ReadonlySet<object> {
    return new Set([...this.#open.values()].filter(({ since }) => this.#now() - since < heldMs))
  }
}
