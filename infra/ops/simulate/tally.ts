import type { Simulation } from '../../../schemas/flow-run/resource.ts'

/** What became of many conversations in one flow. */
export interface Tally {
  conversations: number
  replies: number
  /** Replies that matched nothing. */
  misses: number
  outcomes: { outcome: string; why: string; conversations: number }[]
  nodes: { node: string; entered: number; left: { edge: string; trigger: string; times: number }[]; stayed: number }[]
}

/** Counts the outcomes of simulations, and which edges they took. */
export class Counting {
  #conversations = 0
  #replies = 0
  #misses = 0
  readonly #outcomes = new Map<string, number>()
  readonly #left = new Map<string, Map<string, number>>()
  /** Where the run stood when it ended or went no further. */
  readonly #stayed = new Map<string, number>()

  add({ outcome, why, misses, path, transcript }: Simulation): void {
    this.#conversations += 1
    this.#misses += misses
    this.#replies += transcript.filter(({ from }) => from === 'visitor').length
    raise(this.#outcomes, `${outcome}\n${why}`)
    const last = stayedAt({ outcome, why, path })
    for (const { node, edge, trigger } of last === undefined ? path : path.slice(0, -1)) {
      const edges = this.#left.get(node) ?? new Map<string, number>()
      this.#left.set(node, edges)
      raise(edges, `${edge ?? ''}\n${trigger ?? ''}`)
    }
    if (last !== undefined) raise(this.#stayed, last.node)
  }

  /** Nodes in the order given; those that nothing came to are there too. */
  tally(nodes: Iterable<string>): Tally {
    return {
      conversations: this.#conversations,
      replies: this.#replies,
      misses: this.#misses,
      outcomes: [...this.#outcomes]
        .map(([key, conversations]) => {
          const [outcome = '', why = ''] = key.split('\n')
          return { outcome, why, conversations }
        })
        .sort((a, b) => b.conversations - a.conversations),
      nodes: [...nodes].map((node) => {
        const left = [...(this.#left.get(node) ?? [])].map(([key, times]) => {
          const [edge = '', trigger = ''] = key.split('\n')
          return { edge, trigger, times }
        })
        left.sort((a, b) => b.times - a.times)
        const stayed = this.#stayed.get(node) ?? 0
        return { node, entered: left.reduce((sum, { times }) => sum + times, stayed), left, stayed }
      }),
    }
  }
}

/** The last node, where the run waits or has ended without going through it. */
function stayedAt({
  outcome,
  why,
  path,
}: Pick<Simulation, 'outcome' | 'why' | 'path'>): Simulation['path'][number] | undefined {
  const isThrough = outcome === 'completed' || why === 'handover'
  const last = path.at(-1)
  return isThrough || last?.edge !== null ? undefined : last
}

function raise(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
