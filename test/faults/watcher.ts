import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

export interface Seen {
  revision: number
  id: string
  type: string
}

/**
 * A socket client as an agent's inbox would have it: it joins conversations, and when its connection breaks it comes back with
 * `after`. Whatever arrives is kept, doubles and disorder too.
 */
export class Watcher {
  readonly seen = new Map<string, Seen[]>()
  reconnects = 0
  readonly #url: string
  readonly #token: () => Promise<string>
  #socket: WebSocket | undefined
  #stopped = false
  #running: Promise<void> | undefined

  constructor(url: string, token: () => Promise<string>) {
    this.#url = url
    this.#token = token
  }

  start(): void {
    this.#running = this.#run()
  }

  join(conversationId: string): void {
    if (this.seen.has(conversationId)) return
    this.seen.set(conversationId, [])
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(conversationId)
  }

  /** Cuts the connection without a goodbye, as a phone in a tunnel does. */
  cut(): void {
    this.#socket?.terminate()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#socket?.close()
    await this.#running
  }

  #ask(id: string): void {
    const after = this.seen.get(id)?.at(-1)?.revision ?? -1
    this.#socket?.send(JSON.stringify({ type: 'join', room: `conversation:${id}`, after, ref: id }))
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#connection().catch((error: unknown) => {
        // Whatever broke it, the next try tells.
        if (this.#stopped) throw error
      })
      this.reconnects++
      await sleep(50 + Math.random() * 100)
    }
  }

  async #connection(): Promise<void> {
    const token = await this.#token()
    const socket = new WebSocket(this.#url, { headers: { authorization: `Bearer ${token}` }, handshakeTimeout: 5000 })
    this.#socket = socket
    await new Promise<void>((resolve) => {
      socket.on('open', () => {
        for (const id of this.seen.keys()) this.#ask(id)
      })
      socket.on('message', (data) => this.#take(JSON.parse(String(data))))
      socket.on('error', () => socket.terminate())
      socket.on('close', () => resolve())
    })
  }

  #take(frame: {
    type: string
    room?: string
    revision?: number
    event?: { id: string; type: string }
    ref?: string
    code?: string
  }): void {
    const { type, room, revision, event } = frame
    if (type === 'error' && typeof frame.ref === 'string') {
      // The log was away when it was asked: ask again a little later.
      setTimeout(() => this.#socket?.readyState === WebSocket.OPEN && this.#ask(String(frame.ref)), 200).unref()
    }
    if (type !== 'event' || room === undefined || revision === undefined || event === undefined) return
    this.seen.get(room.slice('conversation:'.length))?.push({ revision, id: event.id, type: event.type })
  }
}
