import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A wire to a server that can be cut: TCP passed on, until all its connections break at once. */
export interface BreakableWire {
  /** Where it begins: `http://…`. */
  url: string
  /** Breaks all connections, without a word to either side. */
  cut(): void
  /** While it is down, nobody gets through. */
  isDown: boolean
  /** How many connections there have been. */
  opened: number
  stop(): Promise<void>
}

export async function breakableWire(target: string): Promise<BreakableWire> {
  const { hostname, port } = new URL(target)
  const ends = new Set<Socket>()
  const server = createServer((near) => {
    if (wire.isDown) {
      near.resetAndDestroy()
      return
    }
    wire.opened += 1
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        ends.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const wire: BreakableWire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isDown: false,
    opened: 0,
    cut() {
      for (const end of ends) end.resetAndDestroy()
    },
    async stop() {
      wire.cut()
      server.close()
      await once(server, 'close')
    },
  }
  return wire
}
