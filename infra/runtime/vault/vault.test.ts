import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Stores, startStores } from '../event-store/testing/stores.ts'
import { pause } from '../event-store/time-limit.ts'
import { createVault, type Vault } from './vault.ts'

const workspaceId = '9b2d1f6e-58f0-4c8e-8f0e-2f7a2a3d9c10'

function isRejection(code: string) {
  return (error: unknown) => error instanceof Rejection && error.code === code
}

describe('the vault', function () {
  this.timeout(60_000)
  let stores: Stores
  let vault: Vault
  let statements: string[]
  let counted: pg.Pool

  /** A vault of another process: the same table, a cache of its own. */
  const another = (options: { cacheSeconds?: number; masterKey?: Buffer; pool?: pg.Pool } = {}): Vault =>
    createVault({ pool: stores.pool, masterKey: stores.stack.config.vaultKey, ...options })

  before(async () => {
    stores = await startStores()
    counted = new Proxy(stores.pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name)
        return (text: string, values?: unknown[]) => {
          statements.push(text)
          return target.query(text, values)
        }
      },
    })
    vault = another({ pool: counted })
  })
  beforeEach(() => {
    statements = []
  })
  after(() => stores.stop())

  it('can be set up by many at once, and again', async () => {
    await Promise.all(Array.from({ length: 8 }, () => another().ensureSchema()))
  })

  it('makes a key once, and gives every process the same', async () => {
    const id = randomUUID()
    const vaults = Array.from({ length: 6 }, () => another())
    const keys = await Promise.all(vaults.flatMap((one) => [one.ensure(id, workspaceId), one.ensure(id, workspaceId)]))
    assert.ok(keys.every((key) => key.equals(keys[0]!)))
    const found = await another().find(id)
    assert.ok(found !== 'erased' && found?.equals(keys[0]!))
  })

  it('asks once for many contacts, whether keys are made or loaded', async () => {
    const ids = Array.from({ length: 500 }, () => randomUUID())
    await Promise.all(ids.map((id) => vault.ensure(id, workspaceId)))
    assert.equal(statements.length, 2, statements.join('\n'))
    await vault.load(ids)
    assert.equal(statements.length, 2, 'what is cached was asked for')
    const [forgetful, fresh] = [another({ cacheSeconds: 0, pool: counted }), another({ pool: counted })]
    for (const one of [fresh, fresh, forgetful, forgetful]) assert.equal((await one.load(ids)).size, 500)
    assert.equal(statements.length, 5)
  })

  it('does not know a contact without a key, nor an id that is none', async () => {
    const known = randomUUID()
    await vault.ensure(known, workspaceId)
    assert.equal(await vault.find(randomUUID()), undefined)
    assert.deepEqual([...(await vault.load([known, 'no-uuid'])).keys()], [known])
    await assert.rejects(vault.ensure('no-uuid', workspaceId), /no contact id/)
  })

  it('drops a key for ever', async () => {
    const id = randomUUID()
    await vault.ensure(id, workspaceId)
    await vault.erase(id)
    await vault.erase(id)
    assert.equal(await vault.find(id), 'erased')
    assert.equal(await another().find(id), 'erased')
    await assert.rejects(vault.ensure(id, workspaceId), isRejection('contact-erased'))
    await assert.rejects(another().ensure(id, workspaceId), isRejection('contact-erased'))
    const { rows } = await stores.pool.query('select wrapped, erased_at from vault.keys where key_id = $1', [id])
    assert.deepEqual([rows[0]?.wrapped, rows[0]?.erased_at instanceof Date], [null, true])
  })

  it('makes no key for a contact who was erased before there was one', async () => {
    const id = randomUUID()
    await vault.erase(id)
    await assert.rejects(another().ensure(id, workspaceId), isRejection('contact-erased'))
  })

  it('takes a key for erased as soon as the log says so, whatever the table says yet', async () => {
    const id = randomUUID()
    const told = another()
    await told.ensure(id, workspaceId)
    told.markErased(id)
    assert.equal(await told.find(id), 'erased')
    await assert.rejects(told.ensure(id, workspaceId), isRejection('contact-erased'))
    assert.notEqual(await another().find(id), 'erased')
  })

  it('tells other processes of an erasure when their cache is too old', async () => {
    const id = randomUUID()
    const quick = another({ cacheSeconds: 0.2 })
    for (const one of [vault, quick]) await one.ensure(id, workspaceId)
    await vault.erase(id)
    const until = Date.now() + 2000
    while ((await quick.find(id)) !== 'erased') {
      assert.ok(Date.now() < until, 'it never learnt')
      await pause(20)
    }
  })

  it('never shows the keys, and opens them for the right master key alone', async () => {
    const id = randomUUID()
    const key = await vault.ensure(id, workspaceId)
    const { rows } = await stores.pool.query('select wrapped from vault.keys where key_id = $1', [id])
    assert.equal(rows[0]?.wrapped.includes(key.export()), false)
    await assert.rejects(another({ masterKey: Buffer.alloc(32, 7) }).find(id), /VAULT_MASTER_KEY is not the one/)
  })

  it('does not open a row that was copied over another', async () => {
    const [id, victim] = [randomUUID(), randomUUID()]
    for (const one of [id, victim]) await vault.ensure(one, workspaceId)
    const copy = 'update vault.keys set wrapped = (select wrapped from vault.keys where key_id = $1) where key_id = $2'
    await stores.pool.query(copy, [id, victim])
    await assert.rejects(another().find(victim), /does not open/)
  })

  it('lets the read-only role read keys, and not make or drop them', async () => {
    const pool = new pg.Pool({ connectionString: stores.stack.config.readDatabaseUrl })
    const reader = another({ pool })
    const id = randomUUID()
    await vault.ensure(id, workspaceId)
    assert.ok(await reader.find(id))
    await assert.rejects(reader.erase(id))
    await assert.rejects(reader.ensure(randomUUID(), workspaceId))
    await pool.end()
  })

  it('is unavailable while Postgres is away, and then goes on', async () => {
    await stores.stack.kill('postgres', 'SIGKILL')
    await assert.rejects(vault.ensure(randomUUID(), workspaceId), isRejection('unavailable'))
    await stores.stack.start('postgres')
    await stores.stack.waitReady('postgres')
    assert.ok(await vault.ensure(randomUUID(), workspaceId))
  })
})
