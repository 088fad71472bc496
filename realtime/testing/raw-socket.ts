import { connect, type Socket } from 'node:net'

/** A WebSocket by hand, for bytes that no library would send. */
export interface RawSocket {
  wire: Socket
  /** The status of the answer to the upgrade. */
  status: number
  /** The code of the server's close frame; 1006 where it has closed without one. */
  closed: Promise<number>
}

export async function rawSocket(
  origin: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<RawSocket> {
  const { hostname, port } = new URL(origin)
  const wire = connect(Number(port), hostname)
  const asked = {
    Host: hostname,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': Buffer.alloc(16, 1).toString('base64'),
    'Sec-WebSocket-Version': '13',
    ...headers,
  }
  const lines = Object.entries(asked).map(([name, value]) => `${name}: ${value}\r\n`)
  wire.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  let bytes = Buffer.alloc(0)
  let status = 0
  const closed = new Promise<number>((resolve) => {
    wire.on('close', () => resolve(closeCodeIn(bytes) ?? 1006))
  })
  wire.on('error', () => wire.destroy())
  await new Promise<void>((resolve) => {
    wire.once('close', () => resolve())
    wire.on('data', (more) => {
      bytes = Buffer.concat([bytes, more])
      const end = bytes.indexOf('\r\n\r\n')
      if (status > 0 || end < 0) return
      status = Number(bytes.toString('latin1', 9, 12))
      bytes = bytes.subarray(end + 4)
      resolve()
    })
  })
  // What libraries answer to a close.
  wire.on('data', () => closeCodeIn(bytes) !== undefined && wire.end())
  return { wire, status, closed }
}

/** A frame of a client: masked, with a mask that changes nothing (RFC 6455, section 5.2). `first` has FIN and the opcode. */
export function clientFrame(
  first: number,
  payload: Buffer | string = '',
  announced = Buffer.byteLength(payload),
): Buffer {
  const header = announced < 126 ? Buffer.from([first, 0x80 | announced]) : Buffer.alloc(10)
  if (announced >= 126) {
    header.set([first, 0xff])
    header.writeBigUInt64BE(BigInt(announced), 2)
  }
  return Buffer.concat([header, Buffer.alloc(4), Buffer.from(payload)])
}

/** Of frames of a server, which are not masked. */
function closeCodeIn(bytes: Buffer): number | undefined {
  let at = 0
  while (at + 2 <= bytes.length) {
    const short = bytes.readUInt8(at + 1) & 0x7f
    const size = short === 126 ? 4 : short === 127 ? 10 : 2
    if (at + size > bytes.length) return undefined
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? bytes.readUInt32BE(at + 6) : short
    const isClose = (bytes.readUInt8(at) & 0x0f) === 8
    if (isClose && at + size + 2 <= bytes.length) return bytes.readUInt16BE(at + size)
    at += size + length
  }
  return undefined
}
