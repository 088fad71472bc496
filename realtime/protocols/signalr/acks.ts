/** As the official client does it. */
const afterMs = 1000

/** Acknowledges what comes, together what comes within a second. */
export class Acks {
  readonly #send: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(send: () => void) {
    this.#send = send
  }

  owe(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#send()
    }, afterMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
