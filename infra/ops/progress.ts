import { SingleBar } from 'cli-progress'

export interface Progress {
  add(count?: number): void
  stop(): void
}

/** A bar with rate and time left on a terminal; elsewhere, and with `quiet`, nothing. */
export function progressBar(what: string, total: number, { quiet = false }: { quiet?: boolean } = {}): Progress {
  if (quiet || !process.stderr.isTTY) return { add: () => undefined, stop: () => undefined }
  const began = performance.now()
  let done = 0
  const bar = new SingleBar({
    stream: process.stderr,
    hideCursor: true,
    fps: 5,
    etaBuffer: 200,
    format: `${what} {bar} {percentage}% · {value}/{total} · {rate}/s · {eta_formatted} left`,
  })
  bar.start(total, 0, { rate: 0 })
  return {
    add(count = 1) {
      done += count
      const seconds = (performance.now() - began) / 1000
      bar.update(done, { rate: Math.round(done / Math.max(seconds, 0.001)) })
    },
    stop: () => bar.stop(),
  }
}
