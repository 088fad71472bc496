import { setTimeout as sleep } from 'node:timers/promises'
import {
  type HubConnection,
  HubConnectionBuilder,
  HubConnectionState,
  type IHttpConnectionOptions,
  LogLevel,
} from '@microsoft/signalr'
import { transports } from '../../realtime/testing/hub-client.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { type Listener, pause, type Seat } from './listener.ts'

/** How it says what it has: in the address, or by joining. */
export type Resuming = 'address' | 'joining'

interface Payload {
  revision: number
  id?: string
  messageIds?: string[]
  agentId?: string
}

/** The published client of SignalR, which connects again by itself. */
export class HubListener implements Listener {
  readonly manner: string
  readonly log: string[] = []
  connections = 0
  readonly #seat: Seat
  readonly #resuming: Resuming
  readonly #hub: HubConnection
  #after = -1
  #isStopped = false

  constructor(seat: Seat, transport: keyof typeof transports, resuming: Resuming, isStateful: boolean) {
    this.manner = `signalr over ${transport}, resuming by ${resuming}${isStateful ? ', stateful' : ''}`
    this.#seat = seat
    this.#resuming = resuming
    const options: IHttpConnectionOptions = { ...transports[transport], accessTokenFactory: () => seat.token }
    const builder = new HubConnectionBuilder()
      .withUrl(this.#url(), options)
      .configureLogging(LogLevel.None)
      .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => pause(seat.random) })
    this.#hub = (isStateful ? builder.withStatefulReconnect() : builder).build()
    this.#listen()
  }

  start(): void {
    void this.#begin()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#hub.stop()
  }

  toldOf(recorded: Recorded): string | undefined {
    const { revision } = recorded
    const { type, data } = recorded as Recorded & ConversationEvent
    if (type === 'MessageSent') return `${revision} ReceiveMessage ${data.messageId}`
    if (type === 'MessagesRead') return `${revision} MessagesRead ${data.messageIds}`
    if (type === 'ConversationAssigned') return `${revision} AgentAssigned ${data.agentId}`
    return undefined
  }

  #url(): string {
    const url = `${this.#seat.origin}/hubs/chat`
    return this.#resuming === 'joining'
      ? url
      : `${url}?conversationId=${this.#seat.conversationId}&after=${this.#after}`
  }

  #listen(): void {
    for (const name of ['ReceiveMessage', 'MessagesRead', 'AgentAssigned']) {
      this.#hub.on(name, ({ revision, id, messageIds, agentId }: Payload) => {
        this.log.push(`${revision} ${name} ${id ?? messageIds ?? agentId}`)
        this.#after = revision
      })
    }
    this.#hub.onreconnecting(() => {
      this.#hub.baseUrl = this.#url()
    })
    this.#hub.onreconnected(() => this.#begun())
    // It was told not to come back by itself.
    this.#hub.onclose(() => void this.#begin())
  }

  /** The client connects again by itself once it was connected, not before. */
  async #begin(): Promise<void> {
    while (!this.#isStopped) {
      this.#hub.baseUrl = this.#url()
      const isConnected = await this.#hub.start().then(
        () => true,
        () => false,
      )
      if (isConnected) {
        await this.#begun()
        return
      }
      await sleep(pause(this.#seat.random))
    }
  }

  async #begun(): Promise<void> {
    this.connections += 1
    const { connectionId } = this.#hub
    const isMine = () => this.#hub.state === HubConnectionState.Connected && this.#hub.connectionId === connectionId
    while (this.#resuming === 'joining' && isMine() && !this.#isStopped) {
      const joined = await this.#hub.invoke('JoinConversation', this.#seat.conversationId, this.#after).then(
        () => true,
        () => false,
      )
      if (joined) return
      await sleep(pause(this.#seat.random))
    }
  }
}
