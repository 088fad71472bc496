import type { Lane } from './lanes-book.ts'

export interface TurnsOptions {
  /** Lanes of one webhook that this process works at the same time. */
  each: number
  /** Lanes of one webhook that wait here for their turn; beyond, they wait for the sweep. */
  most: number
  work: (lane: Lane) => Promise<void>
}

interface Turn {
  active: number
  readonly waiting: Map<string, Lane>
}

/**
 * Gives each webhook its share of those who work lanes, so that one whose receiver hangs does not hold up all the others: what is beyond
 * its share waits, and is worked by whoever gets done with a lane of the same webhook.
 */
export function inTurns({ each, most, work }: TurnsOptions): (lane: Lane) => Promise<void> {
  const turns = new Map<string, Turn>()

  return async (lane) => {
    const { webhookId } = lane
    const turn = turns.get(webhookId) ?? { active: 0, waiting: new Map<string, Lane>() }
    turns.set(webhookId, turn)
    if (turn.active >= each) {
      if (turn.waiting.size < most) turn.waiting.set(lane.stream, lane)
      return
    }
    turn.active += 1
    try {
      for (let next: Lane | undefined = lane; next !== undefined; next = first(turn.waiting)) await work(next)
    } finally {
      turn.active -= 1
      if (turn.active === 0) turns.delete(webhookId)
    }
  }
}

function first(waiting: Map<string, Lane>): Lane | undefined {
  const [next] = waiting
  if (next !== undefined) waiting.delete(next[0])
  return next?.[1]
}
