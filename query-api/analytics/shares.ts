import type { scoreMeasures, senderMeasures } from './rows.ts'

type Has<M extends string> = Readonly<Record<M, number>>

export function messagesOf(sums: Has<(typeof senderMeasures)[number]>) {
  const { visitorMessages, agentMessages, aiMessages, botMessages, systemMessages } = sums
  return {
    visitor: visitorMessages,
    agent: agentMessages,
    ai: aiMessages,
    bot: botMessages,
    system: systemMessages,
  }
}

type Timed = 'resolved' | 'durationMs' | 'replies' | 'replyMs' | 'firstResponses' | 'firstResponseMs'

export function meansOf(sums: Has<Timed>) {
  return {
    firstResponse: meanOf(sums.firstResponseMs, sums.firstResponses),
    reply: meanOf(sums.replyMs, sums.replies),
    resolution: meanOf(sums.durationMs, sums.resolved),
  }
}

export function meanOf(ms: number, n: number): { mean: number | null; n: number } {
  return { mean: n === 0 ? null : secondsOf(ms / n), n }
}

/** To the millisecond. */
export function secondsOf(ms: number): number {
  return Math.round(ms) / 1000
}

export function csatOf({ rated1, rated2, rated3, rated4, rated5 }: Has<(typeof scoreMeasures)[number]>) {
  const n = rated1 + rated2 + rated3 + rated4 + rated5
  const points = rated1 + 2 * rated2 + 3 * rated3 + 4 * rated4 + 5 * rated5
  return { average: n === 0 ? null : Math.round((points / n) * 100) / 100, n }
}
