import { WebSocket } from 'ws'

const separator = '\u001e'
const ping = 6

/** The hub protocol by hand, for what no official client would say. */
export class RawHub {
  readonly socket: WebSocket
  /** Every message but pings, in order; first the answer to the handshake. */
  readonly messages: Record<string, unknown>[] = []
  /** The code with which the socket ended. */
  readonly closed: Promise<number>

  constructor(origin: string, query = '') {
    this.socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/hubs/chat${query}`, { perMessageDeflate: false })
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)))
    this.socket.on('message', (data) => {
      const records = String(data).split(separator).slice(0, -1)
      const said: Record<string, unknown>[] = records.map((record) => JSON.parse(record))
      this.messages.push(...said.filter(({ type }) => type !== ping))
    })
  }

  async opened(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.socket.once('open', () => resolve())
      this.socket.once('error', reject)
    })
    return this
  }

  async shaken(): Promise<this> {
    await this.opened()
    this.say({ protocol: 'json', version: 1 })
    return this
  }

  say(...messages: unknown[]): void {
    this.raw(messages.map((message) => JSON.stringify(message) + separator).join(''))
  }

  raw(text: string): void {
    this.socket.send(text)
  }

  invoke(target: string, ...given: unknown[]): void {
    this.say({ type: 1, target, invocationId: String(this.messages.length), arguments: given })
  }
}
