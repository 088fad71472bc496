import { type WebSocket, WebSocketServer } from 'ws'

/** Bare `ws` with rooms: a socket names its room, and what the parent says in a room goes to all in it. */
const rooms = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })

server.on('connection', (socket) => {
  socket.once('message', (room) => {
    const name = String(room)
    const members = rooms.get(name) ?? new Set()
    rooms.set(name, members.add(socket))
    socket.send('joined')
  })
})
server.on('listening', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})

process.on('message', ({ room, text, times }: { room: string; text: string; times: number }) => {
  let left = times
  const names = room === '*' ? [...rooms.keys()] : [room]
  const next = () => {
    for (const member of rooms.get(names[left % names.length] ?? '') ?? []) member.send(text)
    if (--left > 0) setImmediate(next)
  }
  if (left > 0) next()
})
process.on('disconnect', () => process.exit(0))
