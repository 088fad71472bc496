import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { FloodLimit } from './flood-limit.ts'
import { textFrame } from './text-frame.ts'

describe('a text frame', () => {
  let server: WebSocketServer
  let client: WebSocket
  let wire: Duplex

  before(async () => {
    const http = createServer()
    server = new WebSocketServer({ server: http, perMessageDeflate: false })
    http.on('upgrade', (_request, socket) => {
      wire = socket
    })
    await once(http.listen(0, '127.0.0.1'), 'listening')
    const { port } = http.address() as AddressInfo
    client = new WebSocket(`ws://127.0.0.1:${port}`)
    await once(client, 'open')
    server.on('close', () => http.close())
  })
  after(() => {
    client.terminate()
    server.close()
  })

  it('is read by ws as the text that it was made of, whatever its length', async () => {
    const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]
    for (const length of lengths) {
      const text = 'ä'.repeat(length >> 1) + 'x'.repeat(length & 1)
      assert.equal(Buffer.byteLength(text), length)
      const message = once(client, 'message')
      wire.write(textFrame(text))
      assert.equal(String((await message)[0]), text)
    }
  })
})

describe('the flood limit', () => {
  it('lets a burst pass, and then so many a second', () => {
    const limit = new FloodLimit(10, 3, 0)
    assert.deepEqual(
      [0, 0, 0, 0].map((now) => limit.take(now)),
      [true, true, true, false],
    )
    assert.equal(limit.take(99), false)
    assert.equal(limit.take(200), true)
    assert.deepEqual(
      [10_000, 10_000, 10_000, 10_000].map((now) => limit.take(now)),
      [true, true, true, false],
    )
  })
})
