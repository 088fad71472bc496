import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { obeyParent } from './bare-server.ts'

/** Bare `ws` with rooms: a socket names its room, and what is said there goes to all in it. */
const rooms = new Map<string, Set<WebSocket>>()
const http = createServer()
const server = new WebSocketServer({ server: http, perMessageDeflate: false })

server.on('connection', (socket) => {
  socket.once('message', (room) => {
    const name = String(room)
    const members = rooms.get(name) ?? new Set()
    rooms.set(name, members.add(socket))
    socket.send('joined')
  })
})

http.listen(0, '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo
  const say = (room: string, text: string) => {
    for (const member of rooms.get(room) ?? []) member.send(text)
  }
  obeyParent(port, () => [...rooms.keys()], say)
})
