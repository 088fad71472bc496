/** Those who wait for something to drain, with a limit to their patience. */
export class Drain {
  readonly #waiting = new Set<() => void>()

  /** Resolves at the next `settle`; calls `onStalled` when that takes too long. */
  wait(stallMs: number, onStalled: () => void): Promise<void> {
    return new Promise((resolve) => {
      const stalled = setTimeout(onStalled, stallMs)
      this.#waiting.add(() => {
        clearTimeout(stalled)
        resolve()
      })
    })
  }

  settle(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const go of waiting) go()
  }
}
