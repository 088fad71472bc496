import { type WebSocket, WebSocketServer } from 'ws'

/**
 * The bare part of the fan-out: a `ws` server that sends a text to the sockets of a room, again and again. Run as a process of its own,
 * as realtime is; the parent says `{rooms, messages, text}`, and learns the port.
 */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
const sockets: WebSocket[] = []
const enough = 1 << 20

server.on('connection', (socket) => sockets.push(socket))
server.on('listening', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})

process.on('message', async ({ rooms, messages, text }: { rooms: number; messages: number; text: string }) => {
  for (let message = 0; message < messages; message++) {
    for (let index = message % rooms; index < sockets.length; index += rooms) sockets[index]?.send(text)
    do await new Promise((resolve) => setImmediate(resolve))
    while ((sockets[message % rooms]?.bufferedAmount ?? 0) > enough)
  }
})
