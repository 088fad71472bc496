import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Client } from '../../realtime/testing/client.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import type { ServerFrame } from '../../schemas/realtime/frames.ts'
import { type Listener, pause, type Seat } from './listener.ts'

/** What visitors may see (docs/realtime.md); written down anew, so that it is checked. */
const shown = ['MessageSent', 'MessagesRead', 'ConversationAssigned']

/** A plain WebSocket, by hand as docs/realtime.md shows it. */
export class WsListener implements Listener {
  readonly manner = 'ws'
  readonly log: string[] = []
  connections = 0
  readonly #seat: Seat
  #client: Client | undefined
  #after = -1
  #isStopped = false
  #running: Promise<void> | undefined

  constructor(seat: Seat) {
    this.#seat = seat
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#client?.socket.terminate()
    await this.#running
  }

  toldOf({ revision, type, id }: Recorded): string | undefined {
    return this.#seat.kind === 'agent' || shown.includes(type) ? `${revision} ${type} ${id}` : undefined
  }

  async #run(): Promise<void> {
    const { origin, kind, conversationId, token, random } = this.#seat
    const room = `conversation:${conversationId}`
    while (!this.#isStopped) {
      const client = new Client(origin, kind === 'agent' ? token : undefined)
      this.#client = client
      client.onFrame = (frame) => this.#take(frame)
      client.socket.once('open', () => {
        this.connections += 1
        client.send({ type: 'join', room, after: this.#after, ...(kind === 'agent' ? {} : { token }) })
      })
      await client.closed
      await sleep(pause(random))
    }
  }

  #take(frame: ServerFrame): void {
    if (frame.type === 'event') {
      this.log.push(`${frame.revision} ${frame.event.type} ${frame.event.id}`)
      this.#after = frame.revision
    } else if (frame.type === 'live' && 'revision' in frame) this.#after = frame.revision
    // Not now: it tries again as after a break.
    else if (frame.type === 'error' && this.#client?.socket.readyState === WebSocket.OPEN) this.#client.socket.close()
  }
}
