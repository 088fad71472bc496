import { WebSocket } from 'ws'
import { type ClientFrame, type ServerFrame, serverFrames } from '../../schemas/realtime/frames.ts'
import { checkOf } from '../../schemas/validator.ts'

const checks = new Map<string, ReturnType<typeof checkOf>>(
  Object.entries(serverFrames).map(([type, schema]) => [type, checkOf(schema)]),
)

/** A client as a stranger would write it with `ws`. Refuses a frame that is not as its schema says. */
export class Client {
  readonly frames: ServerFrame[] = []
  readonly socket: WebSocket
  /** The code with which the connection ended. */
  readonly closed: Promise<number>
  /** Told of each frame as it comes. */
  onFrame: (frame: ServerFrame) => void = () => undefined
  #told: () => void = () => undefined

  constructor(origin: string, token?: string) {
    this.socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/realtime`, 'parley.v1', {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    })
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)))
    this.socket.on('error', () => this.#told())
    this.socket.on('message', (data) => {
      const frame = frameOf(String(data))
      this.frames.push(frame)
      this.onFrame(frame)
      this.#told()
    })
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.OPEN) return this
    await new Promise<void>((resolve, reject) => {
      this.socket.once('open', () => resolve())
      this.socket.once('error', reject)
    })
    return this
  }

  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame))
  }

  async join(room: string, rest: { after?: number | string; token?: string } = {}): Promise<ServerFrame> {
    const ref = Math.random()
    this.send({ type: 'join', room, ref, ...rest })
    return this.next((frame) => 'ref' in frame && frame.ref === ref)
  }

  /** The first frame that is wanted, of those that have come or will come. */
  async next(wanted: (frame: ServerFrame) => boolean, withinMs = 5000): Promise<ServerFrame> {
    let found: ServerFrame | undefined
    await this.until(() => {
      found = this.frames.find(wanted)
      return found !== undefined
    }, withinMs)
    if (found === undefined) throw new Error('unreachable')
    return found
  }

  async until(condition: () => boolean, withinMs = 5000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`did not come within ${withinMs} ms; what came: ${JSON.stringify(this.frames.slice(-5))}`))
      }, withinMs)
      this.#told = () => {
        if (!condition()) return
        clearTimeout(late)
        resolve()
      }
      this.#told()
    })
  }

  /** Everything that was sent before has come when the answer to a ping has. */
  async settled(): Promise<void> {
    const ref = Math.random()
    this.send({ type: 'ping', ref })
    await this.next((frame) => frame.type === 'pong' && frame.ref === ref)
  }

  types(): string[] {
    return this.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.type] : []))
  }
}

function frameOf(text: string): ServerFrame {
  const value: unknown = JSON.parse(text)
  const frame = value as ServerFrame
  const checked = checks.get(frame.type)?.(value)
  if (!checked?.ok) throw new Error(`not a frame: ${text} ${JSON.stringify(checked?.errors)}`)
  return frame
}
