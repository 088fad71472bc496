import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { freePorts } from '../../infra/local/process/port.ts'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { type Call, callerOf } from '../call.ts'
import type { House } from '../house.ts'
import { makeWorkspace } from './visit.ts'

export function lastAdminTests(getHouse: () => House): void {
  describe('the last admin', () => {
    let second: ChildProcess
    let doors: [Call, Call]
    let token: string
    before(async () => {
      const { stack } = getHouse()
      const [port] = await freePorts(1)
      second = spawn(process.execPath, ['dist/command-api/main.js'], {
        env: { ...stack.env, LOG_LEVEL: 'warn', COMMAND_API_PORT: String(port) },
        stdio: 'inherit',
      })
      const other = `http://127.0.0.1:${port}`
      await eventually(async () => assert.equal((await fetch(`${other}/readyz`)).status, 200), 20_000)
      doors = [callerOf(stack.url('command-api')), callerOf(other)]
      token = await makeWorkspace(getHouse(), randomUUID())
    })
    after(async () => {
      second.kill()
      await once(second, 'exit')
    })

    const add = async (): Promise<string> => {
      const id = randomUUID()
      const body = { id, email: `${id}@demo.test`, name: 'Admin', role: 'admin' }
      const added = await doors[0]('POST', '/internal/agents', { token, body })
      assert.equal(added.status, 201)
      return id
    }
    const demote = (call: Call, id: string) =>
      call('POST', `/api/agents/${id}/role`, { token, body: { role: 'agent' } })
    const remove = (call: Call, id: string) => call('DELETE', `/api/agents/${id}`, { token })

    it('is neither demoted nor removed', async () => {
      const id = await add()
      for (const act of [demote, remove]) {
        const refused = await act(doors[0], id)
        assert.deepEqual([refused.status, refused.body.type], [409, 'urn:parley:problem:last-admin'])
      }
      const other = await add()
      assert.equal((await remove(doors[1], id)).status, 204)
      assert.equal((await demote(doors[0], other)).status, 409, 'now the other one is the last')
      await add()
      assert.equal((await demote(doors[0], other)).status, 200)
    })

    it('is left by whatever two processes do at the same time', async () => {
      let last = await add()
      // Those of the test before go.
      for (const { id } of await admins()) if (id !== last) await remove(doors[0], id)
      for (const acts of [
        [demote, demote],
        [remove, remove],
        [demote, remove],
      ] as const) {
        const other = await add()
        const answers = await Promise.all([acts[0](doors[0], last), acts[1](doors[1], other)])
        const statuses = answers.map(({ status }) => status)
        assert.deepEqual(statuses.map((status) => status < 300).sort(), [false, true], `${statuses}`)
        assert.ok(statuses.includes(409), `${statuses}`)
        last = statuses[0] === 409 ? last : other
      }
    })

    async function admins(): Promise<{ id: string }[]> {
      const query = callerOf(getHouse().stack.url('query-api'))
      return eventually(async () => {
        const { body } = await query('GET', '/api/agents?role=admin', { token })
        const data = body.data as { id: string }[]
        assert.ok(data.length >= 2)
        return data
      })
    }
  })
}
