import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Takes over a connection that asks for another protocol. */
export type Upgrade = (request: IncomingMessage, wire: Duplex, head: Buffer) => void

/** Hands each upgrade to the protocol that lives at its path; a slash at the end makes no difference. */
export function upgradesByPath(doors: Readonly<Record<string, Upgrade>>): Upgrade {
  const known = new Map(Object.entries(doors))
  return (request, wire, head) => {
    wire.on('error', () => wire.destroy())
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const door = known.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
    if (door === undefined) refuseUpgrade(wire, 404, 'Not Found')
    else door(request, wire, head)
  }
}

export function refuseUpgrade(wire: Duplex, status: number, title: string): void {
  if (wire.writable) wire.end(`HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
