import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { uploadPatience } from './upload-patience.ts'

describe('a request that comes in slowly', () => {
  it('is given up in time, but for an upload, which gets longer once', async () => {
    const patience = uploadPatience()
    const limits = { requestTimeout: 100, headersTimeout: 100, connectionsCheckingInterval: 20 }
    const server = createServer(limits, (request, response) => {
      patience.note(request)
      request.resume().on('end', () => response.end())
    })
    const granted = new Promise<Duplex>((resolve) => {
      server.on('clientError', (_error, socket) => {
        if (patience.grant(socket, 200)) resolve(socket)
        else socket.destroy()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const slow = (type: string) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 4\r\n\r\nha`)
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      const answer = new Promise<string>((resolve) =>
        socket.on('close', () => resolve(text)).on('error', () => undefined),
      )
      return { socket, answer }
    }
    assert.equal(await slow('application/json').answer, '')
    const upload = slow('multipart/form-data; boundary=x')
    await granted
    upload.socket.end('ha')
    assert.match(await upload.answer, /^HTTP\/1\.1 200 /)
    assert.equal(await slow('multipart/form-data; boundary=x').answer, '', 'for ever it is not waited for')
    server.close()
  })
})
