import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

export interface Seen {
  revision: number
  id: string
  type: string
}

interface Frame {
  type: string
  room?: string
  revision?: number
  event?: { id: string; type: string }
  ref?: string
}

/**
 * A socket client as an agent's inbox would have it: it joins conversations, and when its connection breaks it comes back with
 * `after`. Whatever arrives is kept, doubles and disorder too.
 */
export class Watcher {
  readonly seen = new Map<string, Seen[]>()
  reconnects = 0
  readonly #url: string
  readonly #token: string
  #socket: WebSocket | undefined
  #stopped = false
  #running: Promise<void> | undefined

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  start(): void {
    this.#running = this.#run()
  }

  join(conversationId: string): void {
    if (this.seen.has(conversationId)) return
    this.seen.set(conversationId, [])
    this.#ask(conversationId)
  }

  leave(conversationId: string): void {
    this.seen.delete(conversationId)
    this.#send({ type: 'leave', room: `conversation:${conversationId}` })
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
    const seen = this.seen.get(id)
    if (seen === undefined) return
    this.#send({ type: 'join', room: `conversation:${id}`, after: seen.at(-1)?.revision ?? -1, ref: id })
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#connection()
      this.reconnects++
      await sleep(50 + Math.random() * 100)
    }
  }

  /** From its opening, or the failure of it, to its end. */
  #connection(): Promise<void> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const socket = new WebSocket(this.#url, { headers, handshakeTimeout: 5000 })
    this.#socket = socket
    return new Promise((resolve) => {
      socket.on('open', () => {
        for (const id of this.seen.keys()) this.#ask(id)
      })
      socket.on('message', (data) => this.#take(JSON.parse(String(data))))
      socket.on('error', () => socket.terminate())
      socket.on('close', () => resolve())
    })
  }

  #take({ type, room, revision, event, ref }: Frame): void {
    // The log was away when it was asked: ask again a little later.
    const refused = type === 'error' ? (ref ?? room?.slice('conversation:'.length)) : undefined
    if (refused !== undefined) setTimeout(() => this.#ask(refused), 200).unref()
    if (type !== 'event' || room === undefined || revision === undefined || event === undefined) return
    this.seen.get(room.slice('conversation:'.length))?.push({ revision, id: event.id, type: event.type })
  }
}
