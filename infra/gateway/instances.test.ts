import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { mayBeElsewhere } from '../../schemas/realtime/hub.ts'
import type { Serving } from '../runtime/http/server.ts'
import { Instances, ranked } from './instances.ts'
import { type Door, openDoor, type Stores, startEcho, startStores } from './testing/house.ts'

const urls = ['http://a', 'http://b', 'http://c'] as const
const clients = Array.from({ length: 3000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)

describe('several instances', () => {
  it('share the clients evenly, and when one goes, move only its own', () => {
    const firsts = clients.map((client) => ranked(urls, client)[0])
    for (const url of urls) {
      const share = firsts.filter((first) => first === url).length
      assert.ok(share > 900 && share < 1100, `${url} has ${share}`)
    }
    const without = clients.map((client) => ranked(['http://a', 'http://c'], client)[0])
    for (const [index, first] of firsts.entries()) if (first !== 'http://b') assert.equal(without[index], first)
    const moved = without.filter((url, index) => firsts[index] === 'http://b' && url === 'http://a').length
    assert.ok(moved > 400 && moved < 600, `${moved} went to a`)
  })

  it('keep a client with one while it is ready, and with the next in his order while it is not', async () => {
    let away: string[] = []
    let now = 0
    let asked = 0
    const probe = async (url: string) => {
      asked += 1
      return !away.includes(url)
    }
    const instances = new Instances(urls, probe, () => now)
    const order = ranked(urls, 'me')
    const of = (isNew: boolean) => instances.of('me', isNew)
    assert.deepEqual([await of(true), await of(false), await of(false)], [order[0], order[0], order[0]])
    assert.equal(asked, 1)
    away = order.slice(0, 1)
    assert.equal(await of(true), order[1])
    assert.equal(await of(false), order[1])
    assert.deepEqual(instances.inOrder('me'), [order[1], order[2], order[0]])
    away = []
    now = 1500
    assert.equal(await of(false), order[0])
    away = [...urls]
    assert.equal(await of(true), order[0])
  })

  it('take those who may go anywhere by turns', () => {
    const instances = new Instances(urls, async () => true)
    const firsts = Array.from({ length: 6 }, () => instances.inOrder()[0])
    assert.deepEqual(firsts, [...urls, ...urls])
  })
})

describe('several instances of realtime behind the gateway', () => {
  let stores: Stores
  let echo: Serving
  let door: Door
  const servers: Server[] = []
  const takes = [true, true]
  /** Which of them has all connections; the others send on who may be looking for it. */
  let holder: number | undefined
  before(async () => {
    stores = await startStores()
    echo = await startEcho(stores.config)
    for (const name of [0, 1]) servers.push(await startRealtime(name))
    door = await openDoor(stores, {
      rateLimits: 'off',
      commandApiUrl: `http://127.0.0.1:${echo.port}`,
      realtimeUrls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    })
  })
  after(async () => {
    await door.stop()
    await echo.stop(500)
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await stores.stop()
  })

  /** Says its name over whatever it is asked by. */
  async function startRealtime(name: number): Promise<Server> {
    const server = createServer((_request, response) => void response.end(String(name)))
    const sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, wire, head) => {
      const isSentOn = holder !== undefined && holder !== name && request.headers[mayBeElsewhere] !== undefined
      if (!takes[name] || isSentOn)
        wire.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      else sockets.handleUpgrade(request, wire, head, (socket) => socket.send(String(name)))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  const socketAt = (path: string) => {
    const socket = new WebSocket(door.url.replace('http', 'ws') + path)
    return new Promise<string>((resolve, reject) => {
      socket.once('message', (data) => {
        socket.terminate()
        resolve(String(data))
      })
      socket.once('unexpected-response', (_request, { statusCode }) => resolve(`refused ${statusCode}`))
      socket.once('error', reject)
    })
  }
  const at = async (path: string) => (await fetch(door.url + path)).text()
  const several = async (times: number, ask: () => Promise<string>) => {
    const found: string[] = []
    while (found.length < times) found.push(await ask())
    return found.join('')
  }

  it('take WebSockets by turns, and what belongs together each at one', async () => {
    assert.match(await several(6, () => socketAt('/realtime')), /^(01){3}$|^(10){3}$/)
    const mine = await at('/socket.io/?EIO=4&transport=polling')
    assert.equal(await several(3, () => at('/socket.io/?EIO=4&transport=polling&sid=x')), mine.repeat(3))
    assert.equal(await several(3, () => socketAt('/socket.io/?EIO=4&transport=websocket&sid=x')), mine.repeat(3))
    const ids = Array.from({ length: 16 }, (_, id) => String(id))
    const polled = await Promise.all(ids.map((id) => at(`/hubs/chat?id=${id}`)))
    assert.equal(new Set(polled).size, 2)
    assert.deepEqual(await Promise.all(ids.map((id) => socketAt(`/hubs/chat?id=${id}`))), polled)
  })

  it('have what a WebSocket asks for looked for at all of them, before the first in its order says what becomes of it', async () => {
    const first = await socketAt('/hubs/chat?id=x')
    for (const one of [0, 1]) {
      holder = one
      assert.equal(await socketAt('/hubs/chat?id=x'), String(one))
    }
    holder = 2
    assert.equal(await socketAt('/hubs/chat?id=x'), first)
    holder = undefined
  })

  it('stand in for one that has no place, and for one that is gone', async () => {
    takes[0] = false
    assert.equal(await several(4, () => socketAt('/realtime')), '1111')
    takes[1] = false
    assert.equal(await socketAt('/realtime'), 'refused 503')
    takes.fill(true)
    const mine = await at('/socket.io/?EIO=4&transport=polling')
    const other = mine === '0' ? '1' : '0'
    const gone = servers[Number(mine)]
    gone?.closeAllConnections()
    await new Promise((resolve) => gone?.close(resolve))
    assert.equal(await several(3, () => at('/socket.io/?EIO=4&transport=polling')), other.repeat(3))
    assert.equal(await at('/socket.io/?EIO=4&transport=polling&sid=x'), other)
    assert.equal(await several(4, () => socketAt('/realtime')), other.repeat(4))
  })
})
