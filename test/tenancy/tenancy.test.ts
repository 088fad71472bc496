import assert from 'node:assert/strict'
import { request } from 'undici'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import type { Route } from '../../schemas/route.ts'
import { routes } from '../../schemas/routes.ts'
import { type StreamNoun, streamNouns, streamOf } from '../../schemas/streams.ts'
import { type House, openSharedHouse } from '../house.ts'
import { type Kind, openPlace, type Place } from './place.ts'
import { namesSomething, prepare } from './requests.ts'

const outside = routes.filter(({ access, path }) => access !== 'system' && !path.startsWith('/internal/'))
const nobody: Kind = { name: 'nobody', headers: {} }

/** Routes that show who they serve by something else than a credential of ours, and are tested in their own contract tests. */
const byOwnKey = ({ dialect, path }: Route) =>
  dialect === 'site-chat' || path === '/platform/api/conversations/init' || /^\/(chat-widget|webhooks)\//.test(path)

/** Not about a workspace's things: logging in, and one's own password. */
const aboutOneself = (route: Route) => route.path.startsWith('/auth/') || route.path === '/api/settings/password'
/** What the widget of any site may ask, by the id of a widget (document A). */
const openToAll = ['GET /api/widgets/{id}/public', 'POST /api/conversations']

const nameOf = ({ method, path }: Route) => `${method} ${path}`

/**
 * Every route there is, walked with the ids of one workspace and the credentials of another, and with each role: nothing leaks, nothing
 * changes. A third workspace, in which the same requests are made by those who may, proves that they would do something.
 */
describe('tenancy', () => {
  let house: House
  let victim: Place
  let stranger: Place
  let control: Place
  let untouched: Record<string, string | number>

  before(async function () {
    this.timeout(120_000)
    house = await openSharedHouse()
    victim = await openPlace(house)
    stranger = await openPlace(house)
    control = await openPlace(house)
    untouched = await traces()
  })

  async function ask(route: Route, place: Place, as: Kind): Promise<{ status: number; text: string }> {
    const { method, path, headers, body } = prepare(route, place)
    const reply = await request(house.stack.url('gateway') + path, {
      method: method as 'POST',
      headers: { ...as.headers, ...headers },
      body: body ?? null,
    })
    return { status: reply.statusCode, text: await reply.body.text() }
  }

  for (const route of outside) {
    it(`${nameOf(route)}: nothing of another workspace`, async () => {
      if (byOwnKey(route) || aboutOneself(route)) return
      const strangers = [stranger.admin, stranger.agent, stranger.key, stranger.visitor, nobody]
      for (const one of strangers) {
        const { status, text } = await ask(route, victim, one)
        const who = `${one.name} of another workspace: ${status} ${text}`
        if (!openToAll.includes(nameOf(route)) || one === stranger.admin || one === stranger.key) {
          assert.ok(!text.includes(victim.marker), who)
          if (namesSomething(route)) assert.ok([401, 403, 404, 422].includes(status), who)
          const named = route.access === 'admin' ? [stranger.admin] : [stranger.admin, stranger.agent]
          const byId = Object.keys(route.params.properties).includes('id')
          if (byId && named.includes(one) && !openToAll.includes(nameOf(route))) assert.equal(status, 404, who)
        }
      }
    })

    it(`${nameOf(route)}: for whom it is, and for nobody else`, async () => {
      if (byOwnKey(route) || aboutOneself(route)) return
      const { access, scope } = route
      const refused: [Kind, number][] = []
      if (access !== 'public') refused.push([nobody, 401], [control.visitor, 403])
      if (access === 'admin') refused.push([control.agent, 403])
      if (scope === undefined) refused.push([control.key, 403])
      for (const [kind, expected] of refused) {
        const { status, text } = await ask(route, control, kind)
        assert.equal(status, expected, `${kind.name}: ${status} ${text}`)
      }
    })
  }

  it('changes nothing: the log of the workspace is as it was', async () => {
    assert.deepEqual(await traces(), untouched)
  })

  it('walks requests that do something for those who may', async () => {
    const idle: string[] = []
    for (const route of inSafeOrder(outside)) {
      if (byOwnKey(route) || aboutOneself(route)) continue
      const visitors = route.path.endsWith('/rating') || route.path.includes('/devices')
      const { status, text } = await ask(route, control, visitors ? control.visitor : control.admin)
      if (status >= 400 && status !== 409 && status !== 410)
        idle.push(`${nameOf(route)}: ${status} ${text.slice(0, 200)}`)
    }
    assert.deepEqual(idle, [])
  })

  /** How many events each thing of the victim has, and what the identity store holds of it. */
  async function traces(): Promise<Record<string, string | number>> {
    const { config } = house.stack
    const pool = createPool(config.databaseUrl, { name: 'test', connections: 1, lost: () => undefined })
    const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
    try {
      const found: Record<string, string | number> = {}
      const things: Partial<Record<StreamNoun, string>> = { ...victim.ids, workspace: victim.workspaceId }
      for (const noun of streamNouns) {
        const id = things[noun]
        if (id === undefined) continue
        let events = 0
        for await (const _ of log.readStream(streamOf(noun, id))) events += 1
        found[noun] = events
      }
      for (const table of ['users', 'api_keys']) {
        const { rows } = await pool.query<{ hash: string }>(
          `select md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' order by id)) as hash
           from identity.${table} t where workspace_id = $1`,
          [victim.workspaceId],
        )
        found[table] = String(rows[0]?.hash)
      }
      return found
    } finally {
      await log.close()
      await pool.end()
    }
  }
})

/** What takes things away comes last, and of those the conversation's own things first. */
function inSafeOrder(all: readonly Route[]): Route[] {
  const weight = ({ method, path }: Route) =>
    (path.startsWith('/api/conversations') || path.startsWith('/platform') ? 0 : 1) +
    (path.endsWith('/close') || path.endsWith('/resolve') || path.endsWith('/status') ? 2 : 0) +
    (path.endsWith('/role') ? 3 : 0) +
    (method === 'DELETE' ? 4 : 0) +
    (method === 'DELETE' && path.startsWith('/chat-flow/nodes/') ? 1 : 0) +
    (method === 'DELETE' && path.startsWith('/chat-flow/flows/') ? 2 : 0)
  return [...all].sort((a, b) => weight(a) - weight(b))
}
