import type { SocketEvent } from '../../../schemas/realtime/socket-io.ts'
import { textFrame } from '../text-frame.ts'

/** What engine.io takes beside a packet; the frame is what the adapters of Socket.IO give it for broadcasts. */
interface WriteOptions {
  compress: false
  wsPreEncodedFrame?: readonly Buffer[]
}

/** An event as Socket.IO puts it on the wire (protocol v5: `2` and a JSON array), made once for all who get it. */
export class EventPacket {
  readonly text: string
  readonly #plain: WriteOptions = { compress: false }
  #framed: WriteOptions | undefined

  constructor({ name, payload }: SocketEvent) {
    this.text = `2${JSON.stringify([name, payload])}`
  }

  /** For a WebSocket, with the whole frame (engine.io puts `4`, a message, before it). */
  optionsFor(transport: string): WriteOptions {
    if (transport !== 'websocket') return this.#plain
    this.#framed ??= { compress: false, wsPreEncodedFrame: [textFrame(`4${this.text}`)] }
    return this.#framed
  }
}
