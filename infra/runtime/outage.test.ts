import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createLogger } from './logger.ts'
import { isOutage } from './outage.ts'
import { createDatabase, pingDatabase } from './postgres.ts'
import { createRedis } from './redis.ts'

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('an outage', () => {
  const logger = createLogger({ logLevel: 'silent' }, 'test')

  it('of Postgres is known as one, and ends nothing', async () => {
    const databaseUrl = `postgres://nobody:secret@127.0.0.1:${await deadPort()}/none`
    const database = createDatabase({ databaseUrl }, { name: 'test' })
    await assert.rejects(pingDatabase(database), isOutage)
    await database.destroy()
  })

  it('of Postgres is known as one by whoever asks on, on a connection that is broken', () => {
    const words = [
      'Client has encountered a connection error and is not queryable',
      'Client was closed and is not queryable',
    ]
    for (const said of words) assert.ok(isOutage(new Error(said)), said)
  })

  it('of Redis is known as one at once, without anything being queued', async () => {
    const redis = createRedis({ redisUrl: `redis://127.0.0.1:${await deadPort()}` }, logger, 'test')
    const started = performance.now()
    for (let i = 0; i < 100; i++) await assert.rejects(redis.get('x'), isOutage)
    assert.ok(performance.now() - started < 1000)
    redis.disconnect()
  })

  it('is nothing that a statement can cause', () => {
    for (const code of ['23505', '22P02', '42P01', '22021']) {
      assert.equal(isOutage(Object.assign(new Error('no'), { code })), false, code)
    }
    assert.equal(isOutage(new TypeError('x is undefined')), false)
    assert.equal(isOutage('ECONNREFUSED'), false)
  })
})
