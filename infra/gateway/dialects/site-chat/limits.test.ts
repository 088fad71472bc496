import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { makeChannelKey } from '../../../runtime/auth/channel-keys.ts'
import { type Door, openDoor, type Stores, startStores } from '../../testing/house.ts'

/** No service is there to answer: what is counted is counted before. */
const nowhere = { commandApiUrl: 'http://127.0.0.1:1', queryApiUrl: 'http://127.0.0.1:1' }
const keyOf = (channelId: string) => makeChannelKey('site', channelId, randomBytes(16))

describe('the limits of document B', () => {
  let stores: Stores
  let door: Door
  before(async () => {
    stores = await startStores()
    door = await openDoor(stores, { rateLimits: 'on', ...nowhere })
  })
  after(async () => {
    await door.stop()
    await stores.stop()
  })

  const ask = (method: string, path: string, key: string, at = door) => {
    const headers = { 'x-site-key': key, 'content-type': 'application/json' }
    const body = method === 'POST' ? { body: '{}' } : {}
    return fetch(`${at.url}/api/v1/chat${path}`, { method, headers, ...body })
  }
  const endpoints: [method: string, path: string, perMinute: number][] = [
    ['GET', '/config', 60],
    ['POST', '/conversations', 5],
    ['GET', '/conversations/visitor-1/messages', 60],
    ['POST', '/conversations/visitor-1/messages', 20],
    ['GET', '/conversations/visitor-1/files/1/1', 60],
  ]

  it('are 60, 5, 60, 20 and 60 a minute, each for itself', async () => {
    const key = keyOf(randomUUID())
    for (const [method, path, perMinute] of endpoints) {
      const { headers, status } = await ask(method, path, key)
      assert.deepEqual([status, headers.get('ratelimit-limit')], [503, String(perMinute)], path)
      assert.equal(headers.get('ratelimit-remaining'), String(perMinute - 1), path)
    }
  })

  it('are refused with 429, Retry-After and an error alone, and count a key and an address', async () => {
    const key = keyOf(randomUUID())
    const statuses: number[] = []
    let last: Response | undefined
    for (let n = 0; n < 7; n++) {
      last = await ask('POST', '/conversations', key)
      statuses.push(last.status)
    }
    assert.deepEqual(statuses, [503, 503, 503, 503, 503, 429, 429])
    const wait = Number(last?.headers.get('retry-after'))
    assert.ok(wait >= 1 && wait <= 60, `Retry-After: ${wait}`)
    assert.deepEqual(Object.keys((await last?.json()) as object), ['error'])
    assert.equal((await ask('POST', '/conversations', keyOf(randomUUID()))).status, 503, 'another site')
  })

  it('do not help who makes up a key for each request', async () => {
    const strict = await openDoor(stores, { rateLimits: 'on', rateLimitWidget: 1, ...nowhere })
    const statuses: number[] = []
    for (let n = 0; n < 3; n++) statuses.push((await ask('GET', '/config', keyOf(randomUUID()), strict)).status)
    await strict.stop()
    assert.ok(!statuses.slice(1).includes(503), `looked up: ${statuses}`)
  })

  it('are scaled by a setting', async () => {
    const scaled = await openDoor(stores, { rateLimits: 'on', rateLimitScale: 40, ...nowhere })
    const { headers } = await ask('POST', '/conversations', keyOf(randomUUID()), scaled)
    await scaled.stop()
    assert.equal(headers.get('ratelimit-limit'), '2')
  })

  it('are the general ones for whoever shows no site key', async () => {
    for (const key of ['sk_guess', 'pk_other']) {
      const { headers, status } = await ask('GET', '/config', key)
      assert.deepEqual([status, headers.get('ratelimit-limit')], [401, String(stores.config.rateLimitWidget)])
    }
  })
})
