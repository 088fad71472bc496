import { WebSocket } from 'ws'

/**
 * A process of sockets: `audience.js URL SOCKETS protocol room room …`. Each socket joins a room in turn; the process tells its parent
 * how many frames have come, and how long each took where its words are a time.
 */
const [url = '', sockets = '0', protocol = 'parley', ...rooms] = process.argv.slice(2)

let frames = 0
let lastAt = 0
const delays: number[] = []

/** The bytes of a time in the words of a message, as the bench writes it. */
const time = /@(\d+\.\d+)@/

function take(data: Buffer): void {
  if (protocol === 'parley' && data.indexOf('"type":"event"') === -1) return
  frames++
  lastAt = Date.now()
  if (frames % 10 !== 0) return
  const found = time.exec(data.toString())
  if (found) delays.push(performance.timeOrigin + performance.now() - Number(found[1]))
}

async function connect(n: number): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  const room = rooms[n % rooms.length] ?? ''
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => socket.send(protocol === 'parley' ? JSON.stringify({ type: 'join', room }) : room))
    socket.on('message', function joined(data: Buffer) {
      if (!data.includes('joined')) return
      socket.off('message', joined)
      socket.on('message', take)
      resolve()
    })
  })
}

for (let n = 0; n < Number(sockets); n += 50) {
  const some = Math.min(50, Number(sockets) - n)
  await Promise.all(Array.from({ length: some }, (_, k) => connect(n + k)))
}
process.send?.({ ready: true })
process.on('message', () => process.send?.({ frames, lastAt, delays }))
process.on('disconnect', () => process.exit(0))
