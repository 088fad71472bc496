import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { WebSocket, WebSocketServer } from 'ws'
import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import type { Serving } from '../runtime/http/server.ts'
import { type Door, openDoor, type Stores, startEcho, startStores } from './testing/house.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'

describe('sockets through the gateway', () => {
  let stores: Stores
  let door: Door
  let realtime: Server
  let echo: Serving
  let seen: IncomingMessage | undefined
  before(async () => {
    stores = await startStores()
    realtime = createServer((request, response) => {
      seen = request
      response.end('{}')
    }).listen(0)
    const sockets = new WebSocketServer({ server: realtime })
    sockets.on('connection', (socket, request) => {
      seen = request
      socket.on('message', (data) => socket.send(`echo ${data}`))
    })
    const { port } = realtime.address() as AddressInfo
    echo = await startEcho(stores.config)
    door = await openDoor(stores, {
      rateLimits: 'off',
      realtimeUrls: [`http://127.0.0.1:${port}`],
      commandApiUrl: `http://127.0.0.1:${echo.port}`,
    })
  })
  after(async () => {
    await door.stop()
    await echo.stop(500)
    realtime.closeAllConnections()
    realtime.close()
    await stores.stop()
  })

  const sign = () =>
    new SignJWT({ sub: workspaceId, email: 'a@b.example', app_metadata: { workspace_id: workspaceId, role: 'agent' } })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(stores.config.goTrueSecret))

  function open(path: string, headers: Record<string, string> = {}): Promise<WebSocket | number> {
    const socket = new WebSocket(door.url.replace('http', 'ws') + path, { headers })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.once('error', reject)
    })
  }

  async function speak(socket: WebSocket | number): Promise<string> {
    assert.ok(socket instanceof WebSocket)
    socket.send('hello')
    const answer = await new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))))
    socket.close()
    return answer
  }

  it('carry frames both ways', async () => {
    assert.equal(await speak(await open('/realtime')), 'echo hello')
    assert.equal(seen?.headers.authorization, undefined)
  })

  it('turn the token in the address into an internal one in the header', async () => {
    await speak(await open(`/realtime?token=${await sign()}&after=7`, { 'x-internal-caller': 'system' }))
    assert.equal(seen?.url, '/realtime?after=7')
    assert.equal(seen?.headers['x-internal-caller'], undefined)
    const token = seen?.headers.authorization?.slice('Bearer '.length) ?? ''
    const caller = await createInternalTokens(stores.config.internalSecret).read(token)
    assert.equal(caller.kind, 'agent')
  })

  it('are refused with a bad token, elsewhere, and while the service is away', async () => {
    assert.equal(await open('/realtime?token=guess'), 401)
    assert.equal(await open('/elsewhere'), 404)
    const lonely = await openDoor(stores, { rateLimits: 'off', realtimeUrls: ['http://127.0.0.1:1'] })
    const socket = new WebSocket(`${lonely.url.replace('http', 'ws')}/realtime`)
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.once('error', resolve)
    })
    assert.equal(status, 503)
    await lonely.stop()
  })

  it('are joined by the requests that take their place, with a credential in the address too', async () => {
    const path = '/hubs/chat/negotiate?negotiateVersion=1'
    for (const name of ['token', 'access_token']) {
      const response = await fetch(`${door.url}${path}&${name}=${await sign()}`, { method: 'POST' })
      assert.equal(response.status, 200)
      assert.equal(seen?.url, path)
      const token = seen?.headers.authorization?.slice('Bearer '.length) ?? ''
      const caller = await createInternalTokens(stores.config.internalSecret).read(token)
      assert.equal(caller.kind, 'agent')
    }
    assert.equal((await fetch(`${door.url}${path}&token=`, { method: 'POST' })).status, 200)
    assert.equal(seen?.headers.authorization, undefined)
    assert.equal((await fetch(`${door.url}/hubs/chat?id=x&token=guess`)).status, 401)
    assert.equal((await fetch(`${door.url}/hubs/nowhere`)).status, 404)
    assert.match(await speak(await open(`/hubs/chat?id=x&access_token=${await sign()}`)), /hello/)
    assert.equal(seen?.url, '/hubs/chat?id=x')
  })

  it('count as requests when they are new, and apart when they go on', async () => {
    const { port } = realtime.address() as AddressInfo
    const strict = await openDoor(stores, { rateLimitWidget: 4, realtimeUrls: [`http://127.0.0.1:${port}`] })
    const status = async (path: string, method = 'GET') => (await fetch(strict.url + path, { method })).status
    const statuses = async (times: number, path: string) => {
      const all: number[] = []
      while (all.length < times) all.push(await status(path))
      return all
    }
    assert.equal(await status('/hubs/chat/negotiate', 'POST'), 200)
    assert.deepEqual(await statuses(6, '/hubs/chat?id=x'), [200, 200, 200, 200, 200, 200])
    assert.deepEqual(await statuses(2, '/hubs/chat?id=x&token=guess'), [401, 401])
    assert.equal(await status('/hubs/chat/negotiate', 'POST'), 200)
    assert.equal(await status('/hubs/chat/negotiate', 'POST'), 429)
    assert.equal(await status('/hubs/chat?id=x&token=guess'), 429)
    assert.equal(await status('/hubs/chat?id=x'), 200)
    const socket = new WebSocket(`${strict.url.replace('http', 'ws')}/realtime?id=x`)
    const refused = new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.once('error', resolve)
    })
    assert.equal(await refused, 429)
    await strict.stop()
  })

  it('do not keep the gateway from stopping', async () => {
    const { port } = realtime.address() as AddressInfo
    const closing = await openDoor(stores, { rateLimits: 'off', realtimeUrls: [`http://127.0.0.1:${port}`] })
    const socket = new WebSocket(`${closing.url.replace('http', 'ws')}/realtime`)
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await closing.stop()
    await closed
  })
})
