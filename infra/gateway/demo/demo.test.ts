import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Stack, startStack } from '../../local/stack.ts'
import { holdsChannelKey, readChannelKey } from '../../runtime/auth/channel-keys.ts'
import { createInternalTokens } from '../../runtime/auth/internal-tokens.ts'
import { createDatabase, type Database } from '../../runtime/postgres.ts'
import { createApiKeys } from '../identity/api-keys.ts'
import { migrateIdentity } from '../identity/migrations.ts'
import { createUsers } from '../identity/users.ts'
import { silent } from '../testing/house.ts'
import { createFind, createSend } from './commands.ts'
import { readFacts } from './facts.ts'
import { setUpDemo } from './set-up.ts'

describe('the demo workspace', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-demo-'))
  // Open to the user that Postgres runs as, so that its data lies here and goes with the folder.
  chmodSync(dataDir, 0o755)
  const file = join(dataDir, 'demo.json')
  let stack: Stack
  let database: Database
  before(async () => {
    const only = ['event-store', 'postgres', 'command-api'] as const
    stack = await startStack({ dataDir, ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'silent' } })
    database = createDatabase(stack.config, { name: 'test' })
    await migrateIdentity(database)
  })
  after(async () => {
    await database.destroy()
    await stack.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const run = (env: Record<string, string> = {}, ...args: string[]) => {
    const script = fileURLToPath(new URL('../demo.ts', import.meta.url))
    return spawnSync(process.execPath, ['--import', 'tsx', script, ...args], {
      env: { ...stack.env, ...env },
      encoding: 'utf8',
    })
  }
  const tools = () => {
    const commandApi = { url: stack.url('command-api'), tokens: createInternalTokens(stack.config.internalSecret) }
    return {
      users: createUsers(database),
      apiKeys: createApiKeys(database, silent),
      send: createSend(commandApi.url, commandApi.tokens),
      find: createFind(commandApi),
      gateway: stack.config.publicUrl,
    }
  }
  const channelOf = async (key: string) => {
    const found = await tools().find(readChannelKey(key)?.channelId ?? '')
    assert.ok(found !== undefined && holdsChannelKey(key, found), 'the key does not hold')
    return found
  }

  it('is set up by one command, which keeps its secrets to its owner', async () => {
    const { status, stdout } = run()
    assert.equal(status, 0, stdout)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const facts = readFacts(dataDir)
    assert.ok(facts)
    assert.ok(facts.siteKey !== null && facts.embedToken !== null)
    assert.deepEqual(
      [(await channelOf(facts.siteKey)).type, (await channelOf(facts.embedToken)).type],
      ['site', 'webchat'],
    )
    const admin = await tools().users.authenticate(facts.admin.email, facts.admin.password)
    assert.equal(admin?.role, 'admin')
    assert.equal(admin?.workspaceId, facts.workspaceId)
    const key = await tools().apiKeys.callerOf(facts.importKey)
    assert.ok(key.kind === 'apiKey' && key.scopes.includes('import'))
  })

  it('stays as it is when set up again', async () => {
    const facts = readFacts(dataDir)
    assert.deepEqual(await setUpDemo(tools(), facts), facts)
  })

  it('gets new passwords, and nothing else new, when its facts are lost', async () => {
    const facts = readFacts(dataDir)
    assert.ok(facts)
    unlinkSync(file)
    const again = await setUpDemo(tools(), readFacts(dataDir))
    assert.equal(again.workspaceId, facts.workspaceId)
    assert.equal(again.widgetId, facts.widgetId)
    assert.deepEqual([again.siteKey, again.embedToken], [facts.siteKey, facts.embedToken])
    assert.notEqual(again.admin.password, facts.admin.password)
    assert.ok(await tools().users.authenticate(again.agent.email, again.agent.password))
  })

  it('gets the keys that hold, when others were made', async () => {
    const facts = await setUpDemo(tools(), undefined)
    const { id, workspaceId } = await channelOf(facts.embedToken)
    const { email } = facts.admin
    const admin = { kind: 'agent', id: facts.admin.id, workspaceId, role: 'admin', email } as const
    await tools().send({ path: `/api/channels/${id}/keys`, key: 'by-hand', caller: admin, body: {} })
    const rotated = await setUpDemo(tools(), facts)
    assert.notEqual(rotated.embedToken, facts.embedToken)
    assert.equal((await channelOf(rotated.embedToken)).id, id)
    assert.deepEqual(await setUpDemo(tools(), rotated), rotated)
    const earlier = await setUpDemo(tools(), { ...rotated, siteKey: null, embedToken: null })
    assert.equal(earlier.siteKey, facts.siteKey)
    assert.equal((await channelOf(earlier.embedToken)).id, id)
  })

  it('is refused in production', () => {
    const secrets = Object.fromEntries(
      ['GOTRUE_JWT_SECRET', 'INTERNAL_JWT_SECRET', 'VISITOR_TOKEN_SECRET', 'ID_SECRET'].map((name) => [
        name,
        name.repeat(4),
      ]),
    )
    const key = Buffer.alloc(32, 'x').toString('base64')
    const { status, stderr } = run({ ...secrets, VAULT_MASTER_KEY: key, NODE_ENV: 'production' })
    assert.equal(status, 1)
    assert.match(stderr, /--allow-production/)
  })
})
