import type { DialectName } from './dialects.ts'

/** A protocol that realtime speaks, and the library that it is measured beside. */
export interface Protocol {
  title: string
  dialect: DialectName
  bare: { what: string; file: string; dialect: DialectName }
}

export const protocols = {
  ws: {
    title: 'plain WebSocket',
    dialect: 'ws',
    bare: { what: 'bare ws', file: './bare-ws.js', dialect: 'bare-ws' },
  },
  signalr: {
    title: 'SignalR',
    dialect: 'signalr',
    bare: { what: 'bare ws', file: './bare-ws.js', dialect: 'bare-signalr' },
  },
  'socket-io': {
    title: 'Socket.IO',
    dialect: 'socket-io',
    bare: { what: 'bare socket.io', file: './bare-socket-io.js', dialect: 'socket-io' },
  },
} as const satisfies Record<string, Protocol>

export type ProtocolName = keyof typeof protocols
