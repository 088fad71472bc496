/** The connections that this process takes, over all protocols. */
export class Seats {
  readonly #max: number
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  get areTaken(): boolean {
    return this.#taken >= this.#max
  }

  take(): void {
    this.#taken += 1
  }

  leave(): void {
    this.#taken -= 1
  }
}
