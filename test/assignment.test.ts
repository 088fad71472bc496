import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts } from '../infra/local/process/port.ts'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { isUndecodable } from '../infra/runtime/event-store/log.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { comparePositions, type Recorded } from '../schemas/envelope.ts'
import { type Call, callerOf } from './call.ts'
import { openWorkplace, type Person, type Workplace } from './workplace.ts'

const capacity = 3

describe('assigning', function () {
  this.timeout(90_000)
  let stack: Stack
  const others: ChildProcess[] = []
  let doors: Call[]
  let call: Call
  let place: Workplace
  let agents: Person[]

  before(async () => {
    const only = ['event-store', 'postgres', 'command-api', 'query-api', 'projectors', 'flow-engine'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'error' } })
    const url = await another('command-api', 'COMMAND_API_PORT')
    doors = [callerOf(stack.url('command-api')), callerOf(url)]
    call = callerOf(stack.url('command-api'))
    place = await openWorkplace(stack.config, stack.url('command-api'), { autoAssign: true })
    agents = [place.agent, ...(await Promise.all([2, 3, 4, 5, 6].map((n) => place.hire(`agent-${n}`))))]
    // The admin answers nobody.
    await available(place.admin, false)
  })
  after(async () => {
    for (const child of others) {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    await stack.stop()
  })

  /** A second process of a service; gives its address. */
  async function another(name: string, portSetting: string): Promise<string> {
    const [port] = await freePorts(1)
    const env = { ...stack.env, [portSetting]: String(port) }
    others.push(spawn(process.execPath, [`dist/${name}/main.js`], { env, stdio: 'inherit' }))
    const url = `http://127.0.0.1:${port}`
    await eventually(async () => assert.equal((await fetch(`${url}/readyz`)).status, 200), 20_000)
    return url
  }

  async function set(mode: string): Promise<void> {
    const body = { autoAssignment: { mode, capacity } }
    const { status } = await call('POST', '/api/settings/workspace', { token: place.admin.token, body })
    assert.equal(status, 200)
  }

  async function available({ id, token }: Person, yes: boolean): Promise<void> {
    const { status } = await call('POST', `/api/agents/${id}/availability`, { token, body: { available: yes } })
    assert.equal(status, 200)
  }

  async function start(door: Call = call): Promise<string> {
    const { status, body } = await door('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    assert.equal(status, 201)
    return String(body.id)
  }

  async function startThrough(autoAssign: boolean): Promise<string> {
    const body = { type: 'api', name: 'Import', config: { autoAssign } }
    const { body: channel } = await call('POST', '/api/channels', { token: place.admin.token, body })
    const { status, body: opened } = await call('POST', '/internal/channel-conversations', {
      token: await place.token({ kind: 'system', id: 'test' }),
      body: { channelId: channel.id, externalId: 'ada' },
    })
    assert.equal(status, 201, JSON.stringify(opened))
    return (opened.conversation as { id: string }).id
  }

  const claim = (door: Call, id: string, { token }: Person) =>
    door('POST', `/api/conversations/${id}/assign`, { token })

  const close = (door: Call, id: string) => door('POST', `/api/conversations/${id}/close`, { token: place.admin.token })

  /** What the log has of conversations, in its order. */
  async function history(): Promise<Recorded[]> {
    const pool = createPool(stack.config.databaseUrl, { name: 'test', connections: 1, lost: () => undefined })
    const log = createEventLog({
      config: stack.config,
      vault: createVault({ pool, masterKey: stack.config.vaultKey }),
    })
    const events: Recorded[] = []
    const head = await log.head()
    for await (const batch of log.subscribe({ nouns: ['conversation'] })) {
      for (const event of batch.events) {
        assert(!isUndecodable(event))
        events.push(event)
      }
      if (head === undefined || comparePositions(batch.position, head) >= 0) break
    }
    await log.close()
    await pool.end()
    return events
  }

  it('lets one of 20 claims win, and refuses an agent who has as many as he may', async () => {
    await set('round_robin')
    for (const agent of agents) await available(agent, false)
    const [first, second] = agents
    assert(first && second)
    const ids = await Promise.all(Array.from({ length: 4 }, () => start()))
    const [one = '', two = '', three = '', four = ''] = ids
    const claims = Array.from({ length: 20 }, (_, n) => claim(doors[n % 2] ?? call, one, agents[n % 6] ?? first))
    const won = new Set(
      (await Promise.all(claims)).flatMap(({ status, body }) => (status === 200 ? [body.assignedAgentId] : [])),
    )
    assert.equal(won.size, 1)
    const winner = agents.find(({ id }) => won.has(id)) ?? first
    for (const id of [two, three]) assert.equal((await claim(call, id, winner)).status, 200)
    const refused = await claim(call, four, winner)
    assert.deepEqual([refused.status, refused.body.type], [409, 'urn:parley:problem:at-capacity'])
    assert.match(String(refused.body.detail), /has 3 of 3/)
    assert.equal((await claim(call, one, winner)).status, 200, 'what he has he keeps')
    const byHand = { token: place.admin.token, body: { agentId: winner.id } }
    assert.equal((await call('POST', `/api/conversations/${four}/assign`, byHand)).status, 409)
    assert.equal((await close(call, one)).status, 200)
    assert.equal((await call('POST', `/api/conversations/${four}/assign`, byHand)).status, 200)
    for (const id of [two, three, four]) await close(call, id)
  })

  it('never exceeds the capacity in a storm, loses nobody, and goes on where it was killed', async () => {
    for (const agent of agents) await available(agent, true)
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => start(doors[n % 2])))
    const open = new Set(ids)
    const some = (n: number) => [...open][(n * 7919) % Math.max(open.size, 1)] ?? ''
    const statuses = new Map<number, number>()
    const busy = agents.map(async (agent, lane) => {
      for (let turn = 0; turn < 12; turn++) {
        const door = doors[(lane + turn) % 2] ?? call
        const id = some(lane * 31 + turn)
        const { status } = await claim(door, id, agent)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (turn % 4 === 3 && status === 200 && (await close(door, id)).status === 200) open.delete(id)
        if (lane === 0 && turn === 4) await stack.kill('flow-engine')
      }
    })
    await Promise.all(busy)
    assert.deepEqual(
      [...statuses.keys()].filter((status) => status !== 200 && status !== 409),
      [],
    )
    // Nobody assigns by himself now; what waits is found by who starts next.
    await stack.start('flow-engine')
    while (open.size > 0) {
      const assigned = await eventually(async () => {
        const held = holders(await history())
        const mine = [...open].filter((id) => held.has(id))
        assert.equal(mine.length, Math.min(open.size, agents.length * capacity), 'whoever is free has got what waits')
        return mine
      }, 20_000)
      for (const id of assigned) {
        assert.equal((await close(doors[open.size % 2] ?? call, id)).status, 200)
        open.delete(id)
      }
    }
    const events = await history()
    assert.deepEqual(overloads(events), [])
    const actors = new Set(
      events.filter(({ type }) => type === 'ConversationAssigned').map(({ meta }) => meta.actor.kind),
    )
    assert.deepEqual([...actors].sort(), ['agent', 'system'], 'both people and the rule have assigned')
  })

  it('waits until somebody comes back, and takes from who is removed', async () => {
    for (const agent of agents) await available(agent, false)
    const other = await startThrough(false)
    const ids = [await startThrough(true), await start(), await start(), await start()]
    const system = await place.token({ kind: 'system', id: 'test' })
    const routed = await call('POST', `/internal/workspaces/${place.workspaceId}/route`, { token: system })
    assert.deepEqual(routed.body, { mode: 'round_robin', assigned: [], released: [], waiting: true, again: false })
    const [first, second] = agents
    assert(first && second)
    const heldBy = (agent: Person) =>
      eventually(async () => {
        const held = holders(await history())
        const his = ids.filter((id) => held.get(id) === agent.id)
        assert.equal(his.length, capacity)
        return his
      })
    await available(first, true)
    assert.deepEqual(await heldBy(first), ids.slice(0, capacity), 'the oldest first')
    await available(second, true)
    const removed = await call('DELETE', `/api/agents/${first.id}`, { token: place.admin.token })
    assert.equal(removed.status, 204)
    await heldBy(second)
    assert.equal(holders(await history()).get(other), undefined, 'its channel does not assign by itself')
    assert.deepEqual(overloads(await history()), [])
  })

  it('tells a person to ask again while the projections are behind, and gives what waits when they are back', async () => {
    const [, , third, fourth] = agents
    assert(third && fourth)
    await stack.kill('projectors')
    const id = await start()
    const late = await claim(call, id, third)
    assert.deepEqual([late.status, late.body.type], [504, 'urn:parley:problem:projection-behind'])
    await available(fourth, true)
    await stack.start('projectors')
    await eventually(async () => assert.equal(holders(await history()).get(id), fourth.id), 20_000)
    assert.equal((await claim(call, id, third)).body.type, 'urn:parley:problem:already-assigned')
  })

  it('is taken over by another process when the one that assigns dies', async () => {
    await another('flow-engine', 'FLOW_ENGINE_PORT')
    await stack.kill('flow-engine')
    const [, , third] = agents
    assert(third)
    await available(third, true)
    const id = await start()
    await eventually(async () => assert(holders(await history()).has(id)), 20_000)
  })
})

/** Who has each open or pending conversation. */
function holders(events: readonly Recorded[]): Map<string, string> {
  const held = new Map<string, string>()
  for (const event of events) follow(held, event)
  return held
}

/** Every moment of the log at which an agent had more than he may. */
function overloads(events: readonly Recorded[]): string[] {
  const held = new Map<string, string>()
  return events.flatMap((event) => {
    follow(held, event)
    const loads = new Map<string, number>()
    for (const agentId of held.values()) loads.set(agentId, (loads.get(agentId) ?? 0) + 1)
    return [...loads].filter(([, load]) => load > capacity).map(([id, load]) => `${id} has ${load} after ${event.id}`)
  })
}

function follow(held: Map<string, string>, { type, stream, data }: Recorded): void {
  const id = stream.slice('conversation-'.length)
  if (type === 'ConversationAssigned') held.set(id, (data as { agentId: string }).agentId)
  if (['ConversationUnassigned', 'ConversationClosed', 'ConversationReopened'].includes(type)) held.delete(id)
}
