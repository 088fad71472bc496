import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { plainError } from '../runtime/http/testing/files.ts'
import { problem } from '../runtime/http/testing/service.ts'
import { type Door, openDoor, type Stores, startStores } from './testing/house.ts'

const download = '/api/conversations/22222222-2222-4222-8222-222222222222/messages'

/** What happens at the gateway's own edges: before a route is found, and when one end of a passage goes away. */
describe('through the gateway', () => {
  const upstream = new EventEmitter()
  const service = createServer((request, response) => {
    response.writeHead(200, { 'Content-Length': 1_000_000 }).write('the beginning')
    if (request.headers['if-match'] !== undefined) setImmediate(() => response.destroy())
    response.once('close', () => upstream.emit('left'))
  })
  let stores: Stores
  let door: Door
  let strict: Door
  before(async () => {
    stores = await startStores()
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    const queryApiUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    door = await openDoor(stores, { rateLimits: 'off', queryApiUrl })
    strict = await openDoor(stores, { rateLimitWidget: 1 })
  })
  after(async () => {
    service.closeAllConnections()
    service.close()
    await Promise.all([door.stop(), strict.stop()])
    await stores.stop()
  })

  it('a dialect’s client is refused in its own form, also where there is nothing', async () => {
    for (const path of ['/platform', '/platform/nothing', '/chat-widget/nothing', '/api/v1/chat/nothing?x=1']) {
      assert.equal(await plainError(await fetch(door.url + path), 404), 'There is nothing at this path', path)
    }
    await plainError(await fetch(`${door.url}/api/v1/chat/config`, { method: 'DELETE' }), 405)
    await plainError(await fetch(`${door.url}/platform/%ff`), 404)
    const forged = { authorization: 'Bearer nobody' }
    await plainError(await fetch(`${door.url}/platform/api/conversations`, { headers: forged }), 401)
    await problem(await fetch(`${door.url}/platforms`), 404, 'not-found')
    await problem(await fetch(`${door.url}/api/v1/chatter`), 404, 'not-found')
  })

  it('a dialect’s client is told in its own form that it asks too often', async () => {
    await plainError(await fetch(`${strict.url}/platform/nothing`), 404)
    const over = await fetch(`${strict.url}/platform/nothing`)
    assert.ok(Number(over.headers.get('retry-after')) > 0)
    await plainError(over, 429)
    await problem(await fetch(`${strict.url}/nothing`), 429, 'rate-limited')
  })

  it('a client learns that an answer was cut', async () => {
    const response = await fetch(door.url + download, { headers: { 'if-match': '"1"' } })
    assert.equal(response.status, 200)
    await assert.rejects(response.arrayBuffer())
  })

  it('a service learns that the client has left', async () => {
    const leaving = new AbortController()
    const response = await fetch(door.url + download, { signal: leaving.signal })
    assert.equal(response.status, 200)
    const left = once(upstream, 'left')
    leaving.abort()
    await left
  })
})
