import assert from 'node:assert/strict'
import type pg from 'pg'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { createPool } from '../postgres-pool.ts'
import { createLock } from './lock.ts'

describe('a lock', () => {
  let stack: Stack
  let pools: pg.Pool[]
  before(async () => {
    stack = await startStack({ ports: 'free', only: ['postgres'], env: { NODE_ENV: 'test' } })
    // A pool each, as two processes have them.
    pools = ['one', 'other'].map((name) =>
      createPool(stack.config.databaseUrl, { name, connections: 2, lost: () => undefined }),
    )
  })
  after(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await stack.stop()
  })

  const locks = () => pools.map(createLock)
  const soon = () => new Promise((resolve) => setTimeout(resolve, 1))

  it('lets one at a time work under a name, wherever they come from', async () => {
    const counts = { a: 0, b: 0 }
    let within = 0
    let together = 0
    const add = async (name: 'a' | 'b') => {
      const before = counts[name]
      within += 1
      together = Math.max(together, within)
      await soon()
      counts[name] = before + 1
      within -= 1
    }
    const works = locks().flatMap((withLock) =>
      Array.from({ length: 60 }, (_, n) => {
        const name = n % 2 === 0 ? 'a' : 'b'
        return withLock(name, () => add(name))
      }),
    )
    await Promise.all(works)
    assert.deepEqual(counts, { a: 60, b: 60 })
    assert.equal(together, 2, 'different names do not wait for each other')
  })

  it('is free again after work that failed, which fails as it would without', async () => {
    const [first, second] = locks()
    const broken = first?.('fails', async () => {
      throw new Error('broken work')
    })
    await assert.rejects(broken ?? soon(), /broken work/)
    assert.equal(await second?.('fails', async () => 'free'), 'free')
  })

  it('is refused when it is not to be had in time, here and in another process', async () => {
    const [first, second] = locks()
    let finish: (value: unknown) => void = () => undefined
    let begin: (value: unknown) => void = () => undefined
    const begun = new Promise((resolve) => {
      begin = resolve
    })
    const held = new Promise((resolve) => {
      finish = resolve
    })
    const holding = first?.('busy', () => {
      begin(undefined)
      return held
    })
    await begun
    const late = [first, second].map((withLock) => withLock?.('busy', async () => 'never', { waitMs: 50 }))
    const other = await Promise.allSettled([late[1]])
    finish(undefined)
    const outcomes = [...(await Promise.allSettled([late[0]])), ...other]
    for (const outcome of outcomes) {
      assert(outcome.status === 'rejected' && outcome.reason instanceof Rejection)
      assert.equal(outcome.reason.code, 'unavailable')
    }
    await holding
    assert.equal(await second?.('busy', async () => 'free', { waitMs: 2000 }), 'free')
  })

  it('tells its holder when it is lost, and is free for others then', async () => {
    const [first, second] = locks()
    const reason = await first?.('lost', async (lost) => {
      const gone = new Promise((resolve) => lost.addEventListener('abort', () => resolve(lost.reason)))
      await pools[1]?.query(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()",
      )
      return gone
    })
    assert(reason instanceof Rejection && reason.code === 'unavailable')
    assert.equal(await second?.('lost', async () => 'free'), 'free')
  })
})
