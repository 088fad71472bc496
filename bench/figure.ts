/** One row of the bench: ours beside the bare part, in the same run. */
export interface Figure {
  name: string
  unit: string
  ours: number
  bare?: { what: string; value: number }
  /** What is aimed at (DESIGN.md section 11): a least ratio, a least or a most value. */
  aim: { ratio?: number; least?: number; most?: number }
  /** What else was seen. */
  notes?: Record<string, number | string>
}

export function ratioOf({ ours, bare }: Figure): number | undefined {
  return bare === undefined ? undefined : ours / bare.value
}

export function isMet(figure: Figure): boolean {
  const ratio = ratioOf(figure)
  const { aim, ours } = figure
  return (
    (aim.ratio === undefined || (ratio !== undefined && ratio >= aim.ratio)) &&
    (aim.least === undefined || ours >= aim.least) &&
    (aim.most === undefined || ours <= aim.most)
  )
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Runs work with so many in flight; gives the rate a second. */
export async function rateOf(total: number, inFlight: number, work: (n: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const began = performance.now()
  const worker = async () => {
    while (next < total) await work(next++)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return total / ((performance.now() - began) / 1000)
}
