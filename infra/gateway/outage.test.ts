import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Serving } from '../runtime/http/server.ts'
import { createUsers } from './identity/users.ts'
import { type Door, openDoor, type Stores, startEcho, startStores } from './testing/house.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'
const ada = { workspaceId, email: 'ada@example.com', name: 'Ada', role: 'admin', password: 'correct horse' } as const

describe('the gateway while a store is away', () => {
  let stores: Stores
  let echo: Serving
  let door: Door
  before(async () => {
    stores = await startStores()
    echo = await startEcho(stores.config)
    const upstream = `http://127.0.0.1:${echo.port}`
    door = await openDoor(stores, { rateLimitWidget: 1000, queryApiUrl: upstream, commandApiUrl: upstream })
    await createUsers(stores.database).create(ada)
  })
  after(async () => {
    await door.stop()
    await echo.stop(500)
    await stores.stop()
  })

  const logIn = () =>
    fetch(`${door.url}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: ada.email, password: ada.password }),
    })

  it('goes on without Redis, and still counts', async () => {
    await stores.stack.kill('redis', 'SIGKILL')
    const response = await logIn()
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('ratelimit-limit'), '1000')
  })

  it('without Postgres refuses log-ins and unknown keys with 503, serves tokens, and recovers', async () => {
    const { access_token: token } = (await (await logIn()).json()) as { access_token: string }
    await stores.stack.kill('postgres', 'SIGKILL')
    assert.equal((await logIn()).status, 503)
    const list = (bearer: string) =>
      fetch(`${door.url}/api/conversations`, { headers: { authorization: `Bearer ${bearer}` } })
    assert.equal((await list(`pk_${'b'.repeat(43)}`)).status, 503)
    assert.equal((await list(token)).status, 200)

    await stores.stack.start('postgres')
    await stores.stack.waitReady('postgres')
    const until = Date.now() + 10_000
    while ((await logIn()).status !== 200) {
      assert.ok(Date.now() < until, 'log-ins do not come back')
      await sleep(50)
    }
  })
})
