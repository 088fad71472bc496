import type { SocketAck } from '../../../schemas/realtime/socket-io.ts'

/** Something that a client asked of the core, which answers by frames. Goes with the question as its `ref`, and is settled once. */
export class Errand {
  /** What it is about, as the acknowledgement names it. */
  readonly id: string
  /** Resolves when the room is entered, or will not be: what the client asks next may be done then. */
  readonly entered: Promise<void>
  readonly answer: Promise<SocketAck>
  #enter: () => void = () => undefined
  #settle: (ack: SocketAck) => void = () => undefined

  constructor(id: string) {
    this.id = id
    this.entered = new Promise((resolve) => {
      this.#enter = resolve
    })
    this.answer = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  enter(): void {
    this.#enter()
  }

  done(place: { revision?: number; position?: string } = {}): void {
    this.#enter()
    this.#settle({ ok: true, id: this.id, ...place })
  }

  /** The client has been told of it, or need not be. */
  fail(message: string): void {
    this.#enter()
    this.#settle({ ok: false, message })
  }
}
