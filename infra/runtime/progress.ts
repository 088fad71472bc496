import { SingleBar } from 'cli-progress'

/** How far a long work is, for whoever waits for it. */
export interface Progress {
  /** So much of the total is done; `counted` is what the rate counts, where that is something else (events, not positions). */
  update(done: number, total: number, counted?: number): void
  stop(): void
}

/**
 * A bar on stderr with rate and time left; where nobody looks at a terminal, a line every five seconds. `quiet` shows nothing: for
 * programs that read the result as JSON.
 */
export function progressBar(what: string, unit: string, { quiet = false }: { quiet?: boolean } = {}): Progress {
  if (quiet) return { update: () => undefined, stop: () => undefined }
  const began = performance.now()
  const bar = new SingleBar({
    stream: process.stderr,
    hideCursor: true,
    fps: 5,
    noTTYOutput: true,
    notTTYSchedule: 5000,
    format: `${what} {bar} {percentage}% · {counted} ${unit} · {rate}/s · {left} left`,
  })
  let running = false
  return {
    update(done, total, counted = done) {
      const seconds = (performance.now() - began) / 1000
      const left = done === 0 ? '?' : `${Math.round((seconds * (total - done)) / done)} s`
      const shown = { counted, rate: Math.round(counted / Math.max(seconds, 0.001)), left }
      if (!running) bar.start(Math.max(1, total), 0, shown)
      running = true
      bar.setTotal(Math.max(1, total))
      bar.update(done, shown)
    },
    stop() {
      if (running) bar.stop()
      running = false
    },
  }
}
