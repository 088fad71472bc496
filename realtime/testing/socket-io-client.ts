import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { SocketAck, type SocketEventName, socketEvents } from '../../schemas/realtime/socket-io.ts'
import { type Check, checkOf } from '../../schemas/validator.ts'

const checks = new Map<string, Check<unknown>>(
  Object.entries(socketEvents).map(([name, schema]) => [name, checkOf(schema)]),
)
const checkAck = checkOf(SocketAck)

export type ClientOptions = Partial<ManagerOptions & SocketOptions>

export interface HeardEvent {
  name: SocketEventName
  payload: Record<string, unknown>
}

/** The published client, with what it has heard. Refuses an event or an acknowledgement that is not as its schema says. */
export class SocketIoClient {
  readonly socket: Socket
  readonly heard: HeardEvent[] = []
  #told: () => void = () => undefined

  constructor(origin: string, options: ClientOptions = {}) {
    this.socket = io(origin, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 60, ...options })
    this.socket.onAny((name: string, payload: unknown, ...more: unknown[]) => {
      if (!checks.get(name)?.(payload).ok || more.length > 0) {
        throw new Error(`not an event: ${name} ${JSON.stringify([payload, ...more])}`)
      }
      this.heard.push({ name: name as SocketEventName, payload: payload as Record<string, unknown> })
      this.#told()
    })
  }

  /** Resolves when it is connected; throws the reason when it is refused. */
  async connected(): Promise<this> {
    if (this.socket.connected) return this
    await new Promise<void>((resolve, reject) => {
      this.socket.once('connect', () => resolve())
      this.socket.once('connect_error', reject)
    })
    return this
  }

  /** Sends an event and gives its acknowledgement. */
  async ask(name: string, payload?: unknown): Promise<SocketAck> {
    const given = payload === undefined ? [] : [payload]
    const ack: unknown = await this.socket.timeout(10_000).emitWithAck(name, ...given)
    const checked = checkAck(ack)
    if (!checked.ok) throw new Error(`not an acknowledgement: ${JSON.stringify(ack)}`)
    return checked.value
  }

  /** The same, for what must not be refused. */
  async done(name: string, payload?: unknown): Promise<Extract<SocketAck, { ok: true }>> {
    const ack = await this.ask(name, payload)
    if (!ack.ok) throw new Error(`${name}: ${ack.message}`)
    return ack
  }

  /** Why something is refused: as the acknowledgement says, and nothing else. */
  async refused(name: string, payload?: unknown): Promise<string> {
    const ack = await this.ask(name, payload)
    if (ack.ok) throw new Error(`${name} was not refused`)
    return ack.message
  }

  of(name: SocketEventName): Record<string, unknown>[] {
    return this.heard.filter((event) => event.name === name).map(({ payload }) => payload)
  }

  /** The payload of the first event that is wanted, of those that have come or will come. */
  async next(
    name: SocketEventName,
    wanted: (payload: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    let found: Record<string, unknown> | undefined
    await this.until(() => {
      found = this.of(name).find(wanted)
      return found !== undefined
    }, `${name} did not come`)
    return found ?? {}
  }

  async until(condition: () => boolean, otherwise = 'it did not come', withinMs = 10_000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${otherwise}; what came: ${JSON.stringify(this.heard.slice(-6))}`)),
        withinMs,
      )
      this.#told = () => {
        if (!condition()) return
        clearTimeout(late)
        resolve()
      }
      this.#told()
    })
  }

  close(): void {
    this.socket.disconnect()
  }
}
