import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { obeyParent } from './bare-server.ts'

/** Bare `socket.io` with its own rooms. What is said comes as it is on the wire, and goes out by the library's own broadcast. */
const rooms = new Set<string>()
const http = createServer()
const io = new Server(http, { serveClient: false, perMessageDeflate: false, httpCompression: false })

io.on('connection', (socket) => {
  socket.on(
    'join_conversation',
    ({ conversation_id }: { conversation_id: string }, acknowledge: (ack: unknown) => void) => {
      rooms.add(conversation_id)
      void socket.join(conversation_id)
      acknowledge({ ok: true })
    },
  )
})

http.listen(0, '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo
  const say = (room: string, text: string) => {
    const [name, payload]: [string, unknown] = JSON.parse(text.slice(text.indexOf('[')))
    io.to(room).emit(name, payload)
  }
  obeyParent(port, () => [...rooms], say)
})
