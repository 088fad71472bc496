import { connect, createServer, type Socket } from 'node:net'

/** A line between a client and a server that can be cut, or made to swallow what passes. */
export interface Line {
  port: number
  /** Ends every connection now. New ones work. */
  cut(): void
  /** What the server says no longer arrives, and nobody is told: a half-open connection. `false` cuts, so that new ones work. */
  swallow(on: boolean): void
  /** Connections made from now on work; those that swallow go on swallowing. */
  letThrough(): void
  /** Ends every connection at the next byte that the server says, before it arrives: done there, unknown here. */
  cutAtNextAnswer(): void
  connections(): number
  close(): Promise<void>
}

export async function startLine(target: number): Promise<Line> {
  const pairs = new Set<[Socket, Socket]>()
  let swallowing = false
  let trap = false
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    pairs.clear()
  }
  const deafen = new Set<() => void>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    let deaf = false
    deafen.add(() => {
      deaf = true
    })
    pairs.add(pair)
    const end = () => {
      near.destroy()
      far.destroy()
      pairs.delete(pair)
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => {
      if (trap) {
        trap = false
        cut()
      } else if (!swallowing && !deaf) near.write(bytes)
    })
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The line has no port')
  return {
    port: address.port,
    cut,
    swallow(on) {
      swallowing = on
      if (!on) cut()
    },
    letThrough() {
      for (const make of deafen) make()
      swallowing = false
    },
    cutAtNextAnswer() {
      trap = true
    },
    connections: () => pairs.size,
    close() {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
