import assert from 'node:assert/strict'
import type { AgentStanding } from '../../../schemas/agent/resource.ts'
import { agentRoutes } from '../../../schemas/agent/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { createInternalTokens } from '../../runtime/auth/internal-tokens.ts'
import { bind } from '../../runtime/http/binding.ts'
import { type Serving, serve } from '../../runtime/http/server.ts'
import { createMetrics } from '../../runtime/metrics.ts'
import { silent } from '../testing/house.ts'
import { createStanding, type Standing } from './standing.ts'

const id = '6f1e2f0a-0000-4000-8000-00000000000a'
const workspaceId = '6f1e2f0a-0000-4000-8000-0000000000aa'
const tokens = createInternalTokens('x'.repeat(32))
const admin = { kind: 'agent', id, workspaceId, role: 'admin', email: 'ada@example.com' } as const
const refused = (code: string) => (error: unknown) => error instanceof Rejection && error.code === code

describe('the standing of an agent', () => {
  let said: Omit<AgentStanding, 'id'>
  let asked: number
  let away: boolean
  let now: number
  let server: Serving
  let standing: Standing
  before(async () => {
    server = await serve({
      name: 'command-api',
      config: { environment: 'test' },
      logger: silent,
      metrics: createMetrics('command-api'),
      port: 0,
      host: '127.0.0.1',
      tokens,
      ready: async () => undefined,
      bindings: [
        bind(agentRoutes.standing, ({ params }) => {
          asked += 1
          if (away) throw new Rejection('unavailable', 'away')
          return { status: 200, body: { id: params.id, ...said } }
        }),
      ],
    })
  })
  after(() => server.stop(500))
  beforeEach(() => {
    said = { workspaceId, role: 'admin', status: 'active' }
    asked = 0
    away = false
    now = 1000
    standing = createStanding({ url: `http://127.0.0.1:${server.port}`, tokens }, silent, () => now)
  })

  const apply = async () => standing.apply(admin)

  it('is asked once for many requests, and then known without waiting', async () => {
    await Promise.all([apply(), apply(), apply()])
    assert.equal(asked, 1)
    assert.equal(standing.apply(admin), admin)
  })

  it('follows the log within five seconds, which wins over what a credential says', async () => {
    await apply()
    said = { ...said, role: 'agent' }
    now += 5000
    assert.deepEqual(await apply(), { ...admin, role: 'agent' })
    said = { ...said, status: 'removed' }
    now += 5000
    await assert.rejects(apply(), refused('unauthenticated'))
    await assert.rejects(apply(), refused('unauthenticated'), 'from memory')
    assert.equal(asked, 3)
  })

  it('is refused to one who has moved to another workspace', async () => {
    said = { ...said, workspaceId: id }
    await assert.rejects(apply(), refused('unauthenticated'))
  })

  it('is what the credential says where the log has never heard of him', async () => {
    said = { workspaceId: null, role: null, status: 'none' }
    assert.equal(await apply(), admin)
  })

  it('is the last that was known, for a minute, while the log cannot be asked', async () => {
    said = { ...said, role: 'agent' }
    await apply()
    away = true
    now += 30_000
    assert.equal((await apply()).role, 'agent')
    assert.equal((await apply()).role, 'agent')
    assert.equal(asked, 2, 'it is not asked for each request')
    now += 31_000
    await assert.rejects(apply(), refused('unavailable'))
    away = false
    assert.equal((await apply()).role, 'agent')
  })

  it('cannot be told of a stranger while the log cannot be asked', async () => {
    away = true
    await assert.rejects(apply(), refused('unavailable'))
    await assert.rejects(standing.ask(id), refused('unavailable'))
  })
})
