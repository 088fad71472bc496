import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A wire to a server that can be cut: TCP passed on, until all its connections break at once. */
export interface BreakableWire {
  /** Where it begins: `http://…`. */
  url: string
  /** Breaks all connections, without a word to either side; says whether there were any. */
  cut(): boolean
  /** While it is down, nobody gets through. */
  isDown: boolean
  /** While it is slow, whoever comes waits for this. */
  slow: Promise<void> | undefined
  /** How many connections there have been. */
  opened: number
  /** The address of this host from which it goes on; the servers see clients there. */
  from: string | undefined
  /** Where it leads: each connection to another of these. */
  targets: readonly string[]
  stop(): Promise<void>
}

/** With several targets, each connection goes to another. */
export async function breakableWire(...targets: string[]): Promise<BreakableWire> {
  const ends = new Set<Socket>()
  const server = createServer(async (near) => {
    if (wire.isDown) {
      near.resetAndDestroy()
      return
    }
    wire.opened += 1
    near.on('error', () => near.destroy())
    await wire.slow
    const { hostname, port } = new URL(wire.targets[wire.opened % wire.targets.length] ?? '')
    const far = connect({ port: Number(port), host: hostname, localAddress: wire.from })
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
    slow: undefined,
    opened: 0,
    from: undefined,
    targets,
    cut() {
      const isUp = ends.size > 0
      for (const end of ends) end.resetAndDestroy()
      return isUp
    },
    async stop() {
      wire.cut()
      server.close()
      await once(server, 'close')
    },
  }
  return wire
}
