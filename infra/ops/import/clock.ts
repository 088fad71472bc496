import type { Transcript } from './transcripts.ts'

/**
 * Transcripts carry no times, so the importer has a clock of its own, the same in each run: the n-th conversation of a file begins
 * n × 5 minutes after `since`; each turn takes 5 seconds and as long as its words take to write (12 characters a second).
 */
export const clockSaid =
  'the n-th conversation begins n × 5 minutes after --since; each turn takes 5 s and 1 s for each 12 characters'

const between = 5 * 60_000

export function timesOf({ turns }: Transcript, index: number, since: Date): { started: string; turns: string[] } {
  let now = since.getTime() + index * between
  const started = new Date(now).toISOString()
  const times = turns.map(({ text }) => {
    now += 5000 + Math.ceil(text.length / 12) * 1000
    return new Date(now).toISOString()
  })
  return { started, turns: times }
}
