import assert from 'node:assert/strict'
import { apiKeyScopes, type Caller } from '../../schemas/caller.ts'
import { TooMany } from '../runtime/http/too-many.ts'
import { createRedis } from '../runtime/redis.ts'
import { createRateLimits } from './rate-limits.ts'
import { type Door, openDoor, type Stores, silent, startStores } from './testing/house.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'
const agent = (id: string): Caller => ({ kind: 'agent', id, workspaceId, role: 'agent', email: 'a@b.example' })

describe('rate limits', () => {
  let stores: Stores
  let door: Door
  before(async () => {
    stores = await startStores()
    door = await openDoor(stores, { rateLimitWidget: 5, commandApiUrl: 'http://127.0.0.1:1' })
  })
  after(async () => {
    await door.stop()
    await stores.stop()
  })

  it('let so many requests of an address pass, say what is left, and refuse the rest with Retry-After', async () => {
    const statuses: number[] = []
    let last: Response | undefined
    for (let i = 0; i < 7; i++) {
      last = await fetch(`${door.url}/nowhere`)
      statuses.push(last.status)
      if (i === 0) {
        assert.equal(last.headers.get('ratelimit-limit'), '5')
        assert.equal(last.headers.get('ratelimit-remaining'), '4')
      }
    }
    assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429, 429])
    const wait = Number(last?.headers.get('retry-after'))
    assert.ok(wait >= 1 && wait <= 60, `Retry-After: ${wait}`)
    assert.match(await (last as Response).text(), /urn:parley:problem:rate-limited/)
  })

  it('count guessed credentials by their address', async () => {
    const response = await fetch(`${door.url}/nowhere`, { headers: { authorization: 'Bearer guess' } })
    assert.equal(response.status, 429)
  })

  it('leave to the webhooks of other systems to count those who cannot sign', async () => {
    const statusOf = async (path: string) => (await fetch(door.url + path)).status
    assert.equal(await statusOf(`/webhooks/whatsapp/${workspaceId}`), 503, 'command-api is away')
    assert.equal(await statusOf('/webhooks/nowhere'), 429)
  })

  it('leave health and pages alone', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/docs']) {
      assert.equal((await fetch(door.url + path)).status, 200, path)
    }
  })

  it('count each user for himself, and no API key that imports', async () => {
    const limit = createRateLimits({ rateLimits: 'on', rateLimitUser: 2, rateLimitWidget: 1 }, stores.redis)
    await limit(agent('ada'), '10.0.0.1')
    await limit(agent('ada'), '10.0.0.1')
    await assert.rejects(limit(agent('ada'), '10.0.0.1'), TooMany)
    await limit(agent('bob'), '10.0.0.1')
    const importer: Caller = { kind: 'apiKey', id: 'k', workspaceId, scopes: [...apiKeyScopes] }
    for (let i = 0; i < 10; i++) await limit(importer, '10.0.0.1')
  })

  it('are kept in memory while Redis is away', async () => {
    const redis = createRedis({ redisUrl: 'redis://127.0.0.1:1' }, silent, 'test')
    const limit = createRateLimits({ rateLimits: 'on', rateLimitUser: 2, rateLimitWidget: 2 }, redis)
    await limit({ kind: 'anonymous' }, '10.0.0.9')
    await limit({ kind: 'anonymous' }, '10.0.0.9')
    await assert.rejects(limit({ kind: 'anonymous' }, '10.0.0.9'), TooMany)
    redis.disconnect()
  })

  it('can be turned off', async () => {
    const limit = createRateLimits({ rateLimits: 'off', rateLimitUser: 1, rateLimitWidget: 1 }, stores.redis)
    for (let i = 0; i < 10; i++) await limit({ kind: 'anonymous' }, '10.0.0.1')
  })
})
