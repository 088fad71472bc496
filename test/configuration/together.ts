import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import { isUndecodable } from '../../infra/runtime/event-store/log.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import { directory } from '../../projectors/directory/directory.ts'
import { snake } from '../../projectors/table.ts'
import { naiveTables } from '../../projectors/testing/oracle.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import type { Call } from '../call.ts'
import type { Bench } from './bench.ts'

export function togetherTests(getBench: () => Bench): void {
  describe('all of them', () => {
    let bench: Bench
    before(() => {
      bench = getBench()
    })

    it('are for admins to change, and for the keys that may manage', async () => {
      const channel = await bench.make('/api/channels', { type: 'api', name: 'Guarded' })
      const commands: [Parameters<Call>[0], string, object?][] = [
        ['POST', '/api/widgets', { name: 'W' }],
        ['POST', '/api/admin/widgets', { name: 'W' }],
        ['PUT', `/api/widgets/${bench.place.widgetId}`, { name: 'W' }],
        ['POST', '/api/channels', { type: 'api', name: 'C' }],
        ['PATCH', `/api/channels/${channel.id}`, { name: 'C' }],
        ['POST', '/api/settings/workspace', { name: 'S' }],
      ]
      const reads = ['/api/channels', `/api/channels/${channel.id}`]
      const writer = await bench.place.token({
        kind: 'apiKey',
        id: randomUUID(),
        workspaceId: bench.place.workspaceId,
        scopes: ['read', 'write'],
      })
      for (const [method, path, body] of commands) {
        assert.equal((await bench.command(method, path, { body })).status, 401, path)
        assert.equal((await bench.command(method, path, { token: bench.place.agent.token, body })).status, 403, path)
        assert.equal((await bench.command(method, path, { token: writer, body })).status, 403, path)
        const done = await bench.change(method, path, { token: bench.manager, body })
        assert.ok(done.status === 200 || done.status === 201, `${path}: ${JSON.stringify(done.body)}`)
      }
      for (const path of reads) {
        assert.equal((await bench.read(path)).status, 403, path)
        assert.equal((await bench.read(path, { token: bench.manager })).status, 200, path)
      }
      for (const path of ['/api/widgets', `/api/widgets/${bench.place.widgetId}`, '/api/settings/workspace']) {
        assert.equal((await bench.read(path, {})).status, 401, path)
        assert.equal((await bench.read(path, { token: writer })).status, 200, path)
      }
      assert.equal(
        (await bench.command('GET', `/internal/channels/${channel.id}`, { token: bench.place.admin.token })).status,
        403,
      )
    })

    it("are not found by another workspace's people", async () => {
      const channel = await bench.make('/api/channels', { type: 'webchat', name: 'Ours' })
      const { token } = bench.other.admin
      const commands: [Parameters<Call>[0], string, object?][] = [
        ['PUT', `/api/widgets/${bench.place.widgetId}`, { name: 'Theirs' }],
        ['DELETE', `/api/widgets/${bench.place.widgetId}`],
        ['PATCH', `/api/channels/${channel.id}`, { name: 'Theirs' }],
        ['POST', `/api/channels/${channel.id}/keys`],
        ['DELETE', `/api/channels/${channel.id}?force=true`],
      ]
      for (const [method, path, body] of commands) {
        assert.equal((await bench.command(method, path, { token, body })).status, 404, `${method} ${path}`)
      }
      for (const path of [`/api/widgets/${bench.place.widgetId}`, `/api/channels/${channel.id}`]) {
        assert.equal((await bench.read(path, { token })).status, 404, path)
        assert.equal((await bench.read(path, { token: bench.place.admin.token })).status, 200, path)
      }
      assert.deepEqual((await bench.read('/api/channels', { token })).body, [])
    })

    it('stand in the read models as a naive fold of the log has them', async () => {
      const pool = new pg.Pool({ connectionString: bench.stack.config.databaseUrl, max: 2 })
      const log = createEventLog({
        config: bench.stack.config,
        vault: createVault({ pool, masterKey: bench.stack.config.vaultKey }),
      })
      const events: Recorded[] = []
      for await (const { events: batch, caughtUp } of log.subscribe({})) {
        for (const event of batch) if (!isUndecodable(event)) events.push(event)
        if (caughtUp) break
      }
      await bench.read('/api/widgets')
      const naive = naiveTables(directory, events)
      for (const name of ['widgets', 'channels', 'workspaces', 'agents']) {
        const table = directory.tables.find((one) => one.name === name)
        const columns = Object.entries(table?.columns ?? {}).map(([column, type]) =>
          type.startsWith('json') ? `${snake(column)}::text as "${column}"` : `${snake(column)} as "${column}"`,
        )
        const { rows } = await pool.query(`select ${columns.join(', ')} from read.${name} order by id`)
        const expected = [...(naive.get(name)?.values() ?? [])].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
        assert.ok(expected.length > 1, name)
        assert.deepEqual(JSON.parse(JSON.stringify(rows)), expected, name)
      }
      await log.close()
      await pool.end()
    })
  })
}
