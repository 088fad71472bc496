import { io, type Socket } from 'socket.io-client'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import type { SocketAck } from '../../schemas/realtime/socket-io.ts'
import { type Listener, pause, type Seat } from './listener.ts'

interface Payload {
  revision: number
  id?: string
  message_ids?: string[]
}

/** The published client of Socket.IO, which connects again by itself; then it joins with `after`. */
export class SocketIoListener implements Listener {
  readonly manner: string
  readonly log: string[] = []
  connections = 0
  readonly #seat: Seat
  readonly #socket: Socket
  #after = -1

  constructor(seat: Seat, transports: ('polling' | 'websocket')[]) {
    this.manner = `socket.io by ${transports.join(', then ')}`
    this.#seat = seat
    this.#socket = io(seat.origin, {
      forceNew: true,
      autoConnect: false,
      transports,
      timeout: 5000,
      reconnectionDelay: 20,
      reconnectionDelayMax: 150,
      ...(seat.kind === 'agent' ? { auth: { token: seat.token } } : {}),
    })
    this.#socket.on('connect', () => {
      this.connections += 1
      this.#join()
    })
    for (const name of ['message_received', 'messages_read']) {
      this.#socket.on(name, ({ revision, id, message_ids }: Payload) => {
        this.log.push(`${revision} ${name} ${id ?? message_ids}`)
        this.#after = revision
      })
    }
    // The client does not come back by itself when the server has refused it: while the gateway was away it could not say whose a token is.
    this.#socket.on('connect_error', () => {
      if (!this.#socket.active) setTimeout(() => this.#socket.connect(), pause(seat.random))
    })
  }

  start(): void {
    this.#socket.connect()
  }

  async stop(): Promise<void> {
    this.#socket.disconnect()
  }

  toldOf(recorded: Recorded): string | undefined {
    const { revision } = recorded
    const { type, data } = recorded as Recorded & ConversationEvent
    if (type === 'MessageSent') return `${revision} message_received ${data.messageId}`
    if (type === 'MessagesRead') return `${revision} messages_read ${data.messageIds}`
    return undefined
  }

  #join(): void {
    const { kind, conversationId: conversation_id, visitorId: external_id, random } = this.#seat
    const who = kind === 'agent' ? {} : { external_id }
    const { id } = this.#socket
    this.#socket.emit('join_conversation', { conversation_id, ...who, after: this.#after }, (ack: SocketAck) => {
      const isMine = this.#socket.connected && this.#socket.id === id
      if (!ack.ok && isMine) setTimeout(() => this.#join(), pause(random))
    })
  }
}
