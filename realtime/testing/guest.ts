import { Client } from './client.ts'
import { closingOf, hubClient, transports } from './hub-client.ts'
import { SocketIoClient } from './socket-io-client.ts'

/** A client of some protocol, as far as they have the same in common. */
export interface Guest {
  /** Why it may not be in a conversation; undefined when it is in. */
  join(conversationId: string): Promise<string | undefined>
  /** The same for each room of agents, as far as its protocol has any. */
  joinStaff(): Promise<(string | undefined)[]>
  /** Contents of the messages that it was told. */
  heard(): unknown[]
  /** With what words or code the connection was ended. */
  ended: Promise<string>
  close(): void
}

export type Welcome = (origin: string, token: string) => Promise<Guest>

/** How a guest comes, by each protocol; `token` is internal, as the gateway gives it. */
export const guests: Readonly<Record<string, Welcome>> = {
  async ws(origin, token) {
    const client = await new Client(origin, token).opened()
    const join = async (room: string) => {
      const frame = await client.join(room)
      return frame.type === 'error' ? frame.message : undefined
    }
    return {
      join: (id) => join(`conversation:${id}`),
      joinStaff: async () => [await join('inbox'), await join('presence')],
      heard: () => client.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.data.content] : [])),
      ended: client.closed.then(String),
      close: () => client.socket.terminate(),
    }
  },

  async signalr(origin, token) {
    const headers = { authorization: `Bearer ${token}` }
    const client = hubClient(`${origin}/hubs/chat`, { ...transports.WebSockets, headers })
    await client.hub.start()
    const join = (id: string) =>
      client.hub.invoke('JoinConversation', id).then(
        () => undefined,
        (error: Error) => error.message,
      )
    return {
      join,
      joinStaff: () => Promise.all([join('inbox'), join('presence')]),
      heard: () => client.told('ReceiveMessage').map(({ content }) => content),
      ended: closingOf(client),
      close: () => void client.hub.stop(),
    }
  },

  async 'socket.io'(origin, token) {
    const extraHeaders = { authorization: `Bearer ${token}` }
    const client = new SocketIoClient(origin, { transports: ['websocket'], reconnection: false, extraHeaders })
    await client.connected()
    const ask = async (name: string, payload?: object) => {
      const ack = await client.ask(name, payload)
      return ack.ok ? undefined : ack.message
    }
    return {
      join: (conversation_id) => ask('join_conversation', { conversation_id }),
      joinStaff: () => Promise.all([ask('join_queue'), ask('join_org_presence')]),
      heard: () => client.of('message_received').map(({ content }) => content),
      ended: new Promise((resolve) => {
        client.socket.once('disconnect', () => resolve(String(client.of('error').at(-1)?.message)))
      }),
      close: () => client.close(),
    }
  },
}
