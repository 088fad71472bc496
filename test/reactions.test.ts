import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import type { LogPosition } from '../schemas/envelope.ts'
import { type Call, callerOf } from './call.ts'
import { openWorkplace, type Workplace } from './workplace.ts'

const dayMs = 86_400_000

describe('what follows by itself', function () {
  this.timeout(60_000)
  let stack: Stack
  let pool: pg.Pool
  let log: EventLog
  let call: Call
  let place: Workplace

  before(async () => {
    const only = ['event-store', 'postgres', 'command-api', 'query-api', 'projectors', 'flow-engine'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'error' } })
    pool = createPool(stack.config.databaseUrl, { name: 'test', connections: 2, lost: () => undefined })
    log = createEventLog({
      config: stack.config,
      vault: createVault({ pool, masterKey: stack.config.vaultKey }),
    })
    call = callerOf(stack.url('command-api'))
    place = await openWorkplace(stack.config, stack.url('command-api'))
  })
  after(async () => {
    await log.close()
    await pool.end()
    await stack.stop()
  })

  /** Appends an event of a contact as if a service had done so at a time, and died right after. */
  async function append(contactId: string, event: { type: string; data: unknown }, at: number): Promise<LogPosition> {
    const stream = `contact-${contactId}`
    const last = await log.readLast(stream)
    const commandId = randomUUID()
    const { position } = await log.append({
      stream,
      expected: last?.revision ?? -1,
      prevHash: last?.meta.hash ?? '',
      events: [event],
      context: {
        workspaceId: place.workspaceId,
        actor: { kind: 'system', id: 'test' },
        commandId,
        correlationId: commandId,
        causationId: commandId,
        at: new Date(at).toISOString(),
        key: contactId,
      },
    })
    return position
  }

  async function hasPassed({ commit }: LogPosition): Promise<boolean> {
    const { rows } = await pool.query("select 1 from reactions.checkpoints where name = 'owed' and commit >= $1", [
      String(commit),
    ])
    return rows.length === 1
  }

  async function typesOf(stream: string): Promise<string[]> {
    const types: string[] = []
    for await (const { type } of log.readStream(stream)) types.push(type)
    return types
  }

  it('is that an erasure which broke off is finished, also when nobody was there to see it', async () => {
    const { body } = await call('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    await call('POST', `/api/conversations/${body.id}/messages`, { body: { content: 'My name is Ada' } })
    const conversation = `conversation-${body.id}`
    const contactId = (await log.readLast(conversation))?.meta.key ?? ''
    await stack.kill('flow-engine')
    const erased = await append(contactId, { type: 'ContactErased', data: { contactId } }, Date.now())
    assert.equal((await typesOf(conversation)).at(-1), 'MessageSent')
    await stack.start('flow-engine')
    await eventually(async () => assert.equal((await typesOf(conversation)).at(-1), 'ConversationErased'), 20_000)
    await eventually(async () => {
      assert.ok(await hasPassed(erased), 'the checkpoint has passed what is done')
    })
    // Of one who was never there nothing is left to be erased: it holds nothing up.
    const nobody = randomUUID()
    const last = await append(nobody, { type: 'ContactErased', data: { contactId: nobody } }, Date.now())
    await eventually(async () => assert.ok(await hasPassed(last)))
  })

  it('is that contacts are erased whom their workspace keeps no longer, and no others', async () => {
    const [old, recent] = [randomUUID(), randomUUID()]
    const facts = { visitorId: 'v', name: 'Ada', email: null, phone: null, attributes: {} }
    await append(old, { type: 'ContactCreated', data: { contactId: old, ...facts } }, Date.now() - 8 * dayMs)
    // Made before the other, and so looked at before.
    await append(recent, { type: 'ContactCreated', data: { contactId: recent, ...facts } }, Date.now() - 9 * dayMs)
    const changed = { type: 'ContactUpdated', data: { contactId: recent, name: 'Grace' } }
    await append(recent, changed, Date.now() - 6 * dayMs)
    const { status } = await call('POST', '/api/settings/workspace', {
      token: place.admin.token,
      body: { retentionDays: 7 },
    })
    assert.equal(status, 200)
    const query = callerOf(stack.url('query-api'))
    await eventually(async () => {
      for (const id of [old, recent]) {
        assert.equal((await query('GET', `/api/contacts/${id}`, { token: place.agent.token })).status, 200)
      }
    })
    await stack.kill('flow-engine', 'SIGTERM')
    await stack.start('flow-engine')
    await eventually(async () => assert.equal((await typesOf(`contact-${old}`)).at(-1), 'ContactErased'), 20_000)
    assert.deepEqual(await typesOf(`contact-${recent}`), ['ContactCreated', 'ContactUpdated'])
  })
})
