import { hubPath } from '../../schemas/realtime/hub.ts'
import { socketIoPath } from '../../schemas/realtime/socket-io.ts'

/** What a light client says and understands of a protocol: just enough to enter one room and to count what comes. */
export interface Dialect {
  /** What follows the origin. */
  path: string
  /** What a client says when its socket is open. */
  greet(room: string): string | undefined
  /** What it makes of words that bring no message. */
  hear(text: string, room: string): { say?: string; entered?: boolean }
  /** What the frame of a message has in it, and no other frame. */
  mark: string
}

export type DialectName = 'ws' | 'signalr' | 'socket-io' | 'bare-ws' | 'bare-signalr'

const separator = '\u001e'
const eventMark = '"type":"event"'
const hubMark = '"target":"ReceiveMessage"'

/** Bare `ws` has no words of its own: a room's name, and what is said there. */
const bare = {
  path: '/',
  greet: (room: string) => room,
  hear: (text: string) => ({ entered: text === 'joined' }),
}

export const dialects: Record<DialectName, Dialect> = {
  ws: {
    path: '/realtime',
    greet: (room) => JSON.stringify({ type: 'join', room: `conversation:${room}` }),
    hear: (text) => ({ entered: text.includes('"type":"live"') }),
    mark: eventMark,
  },
  signalr: {
    path: hubPath,
    greet: () => `{"protocol":"json","version":1}${separator}`,
    hear(text, room) {
      if (text !== `{}${separator}`) return { entered: text.startsWith('{"type":3,') && text.includes('"result"') }
      const join = { type: 1, target: 'JoinConversation', invocationId: '1', arguments: [room] }
      return { say: JSON.stringify(join) + separator }
    },
    mark: hubMark,
  },
  // The same for ours and for the bare library, whose server knows this one event.
  'socket-io': {
    path: `${socketIoPath}/?EIO=4&transport=websocket`,
    greet: () => undefined,
    hear(text, room) {
      if (text.startsWith('0{')) return { say: '40' }
      if (text.startsWith('40{')) {
        return { say: `420${JSON.stringify(['join_conversation', { conversation_id: room }])}` }
      }
      if (text === '2') return { say: '3' }
      return { entered: text.startsWith('430[{"ok":true') }
    },
    mark: '["message_received",',
  },
  'bare-ws': { ...bare, mark: eventMark },
  'bare-signalr': { ...bare, mark: hubMark },
}
