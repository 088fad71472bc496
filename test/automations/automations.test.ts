import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { createLogger } from '../../infra/runtime/logger.ts'
import { createRedis, redisReady } from '../../infra/runtime/redis.ts'
import { Workshop } from '../flows/workshop.ts'
import { Scene } from './scene.ts'

describe('automations', function () {
  this.timeout(60_000)
  let scene: Scene
  let hook: Server
  let hookUrl: string
  /** What the webhook got, and what it answers next, when that is not 200. */
  const got: { delivery: string; body: Record<string, unknown> }[] = []
  const answers: number[] = []
  const lines: string[] = []

  before(async () => {
    const env = {
      OUTBOUND_PRIVATE: 'on',
      AUTOMATION_RETRY_MS: '20',
      AUTOMATION_NO_REPLY_MS: '200',
      AUTOMATION_ATTEMPTS: '3',
    }
    scene = await Scene.open(env, (name, line) => lines.push(`${name} ${line}`))
    hook = createServer(async (request, response) => {
      got.push({ delivery: String(request.headers['parley-delivery']), body: JSON.parse(await text(request)) })
      response.writeHead(answers.shift() ?? 200).end()
    })
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
    hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`
  })
  after(async () => {
    hook?.close()
    await scene?.close()
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${lines.slice(-20).join('\n')}\n`)
    await scene.clear()
  })

  it('are set off by what happens in a conversation, each once, and do what they are to', async () => {
    const { agent } = scene.place
    const started = await scene.rule({
      trigger: 'conversation_started',
      conditions: [{ field: 'conversation.metadata.page', op: 'starts_with', value: '/cart' }],
      actions: [
        { type: 'tag', tag: 'cart' },
        { type: 'reply', text: 'Hi {{contact.name | there}}, you look at {{conversation.metadata.page}}.' },
      ],
    })
    const heard = await scene.rule({ trigger: 'message_received', actions: [{ type: 'assign', agentId: agent.id }] })
    const assigned = await scene.rule({
      trigger: 'conversation_assigned',
      actions: [
        { type: 'note', text: 'Asked: {{message.content}}' },
        { type: 'status', status: 'closed' },
      ],
    })
    const tagged = await scene.rule({
      trigger: 'conversation_tagged',
      conditions: [{ field: 'conversation.tags', op: 'contains', value: 'cart' }],
      actions: [{ type: 'untag', tag: 'cart' }],
    })
    const resolved = await scene.rule({
      trigger: 'conversation_resolved',
      actions: [{ type: 'webhook', url: hookUrl, headers: { 'X-Key': 'k' }, body: { said: '{{message.content}}' } }],
    })
    const id = await scene.talk({ page: '/cart/2' })
    await scene.ended(tagged, 1)
    await scene.says(id, 'Where is it?')
    const [last] = await scene.ended(resolved, 1)
    for (const rule of [started, heard, assigned, tagged]) await scene.ended(rule, 1)
    assert.equal(last?.outcome, 'done')
    const types = (await scene.events(id)).map(({ type }) => type)
    for (const type of [
      'ConversationTagged',
      'ConversationUntagged',
      'ConversationAssigned',
      'NoteAdded',
      'ConversationClosed',
    ]) {
      assert.equal(types.filter((one) => one === type).length, 1, type)
    }
    assert.deepEqual(await scene.heard(id), ['Hi there, you look at /cart/2.'])
    const note = (await scene.events(id)).find(({ type }) => type === 'NoteAdded')
    assert.deepEqual([note?.meta.actor, note?.meta.depth], [{ kind: 'bot', id: assigned }, 2])
    assert.ok(note?.type === 'NoteAdded' && note.data.content === 'Asked: Where is it?')
    const told = got.filter(({ body }) => body.conversationId === id)
    assert.deepEqual(
      told.map(({ body }) => [body.event, body.body]),
      [['automation.webhook', { said: 'Where is it?' }]],
    )
  })

  it('say why they fired and why they did not', async () => {
    const conditions = [
      { field: 'message.content', op: 'contains', value: 'ORDER' },
      { field: 'contact.email', op: 'exists' },
    ]
    const actions = [{ type: 'tag', tag: 'order' }]
    const all = await scene.rule({ trigger: 'message_received', conditions, actions })
    const any = await scene.rule({ trigger: 'message_received', match: 'any', conditions, actions })
    const agents = await scene.rule({ trigger: 'message_received', senders: ['agent'], actions })
    const off = await scene.rule({ trigger: 'message_received', active: false, actions })
    const id = await scene.talk()
    await scene.says(id, 'my order')
    const [skipped] = await scene.ended(all, 1)
    assert.deepEqual(
      [skipped?.outcome, skipped?.skipped, skipped?.conditions],
      ['skipped', 'conditions', [true, false]],
    )
    const [fired] = await scene.ended(any, 1)
    assert.deepEqual([fired?.outcome, fired?.conditions, fired?.depth], ['done', [true, false], 0])
    assert.deepEqual(fired?.actions, [{ type: 'tag', outcome: 'done', why: null }])
    await scene.says(id, 'Here it is', scene.place.agent.token)
    await scene.ended(agents, 1)
    await scene.admin('POST', `/api/automations/${off}/toggle`, {})
    await scene.says(id, 'thanks')
    await scene.ended(off, 1)
    assert.equal((await scene.ended(all, 2)).length, 2)
    assert.equal((await scene.runs(any, '&outcome=skipped')).length, 1)
    assert.equal((await scene.runs(any, '&outcome=done')).length, 1)
  })

  it('of silence fire once for a message that nobody answers, and not for one that is answered', async () => {
    const [silent, answered, early] = [await scene.talk(), await scene.talk(), await scene.talk()]
    await scene.said(answered, 'Hello?', 30)
    await scene.says(answered, 'Yes?', scene.place.agent.token)
    await scene.said(early, 'Hello?', 1)
    await scene.said(silent, 'Hello?', 6)
    const silence = { trigger: 'no_reply' as const, minutes: 5, conditions: [] }
    // What was silent for too long when a rule was made is not its affair.
    const young = await scene.rule({ ...silence, actions: [{ type: 'tag', tag: 'young' }] })
    const actions = [{ type: 'reply' as const, text: 'Sorry for the wait' }]
    const rule = await scene.oldRule({ ...silence, actions }, 60)
    const [run] = await scene.ended(rule, 1)
    assert.deepEqual([run?.conversationId, run?.trigger, run?.outcome], [silent, 'no_reply', 'done'])
    assert.deepEqual(await scene.heard(silent), ['Sorry for the wait'])
    await scene.said(silent, 'Hello??', 7)
    await scene.ended(rule, 2)
    assert.deepEqual([await scene.heard(answered), await scene.heard(early)], [[], []])
    assert.deepEqual(await scene.runs(young), [])
  })

  it('start flows', async () => {
    const { place, call, log } = scene
    const tokens = { adminToken: place.admin.token, agentToken: place.agent.token }
    const shop = new Workshop({ call, log, widgetId: place.widgetId, ...tokens })
    const flowId = await shop.flow({ hello: await shop.says('Hello from the flow') }, [])
    const rule = await scene.rule({
      trigger: 'message_received',
      actions: [
        { type: 'start_flow', flowId },
        { type: 'assign', agentId: null },
      ],
    })
    const id = await scene.talk()
    await scene.says(id, 'help')
    const [run] = await scene.ended(rule, 1)
    assert.equal(run?.outcome, 'done')
    await shop.hears({ id }, 'Hello from the flow')
    const taken = await scene.talk()
    await scene.does(taken, 'assign', { agentId: place.agent.id })
    await scene.says(taken, 'help')
    const [refused] = await scene.ended(rule, 2)
    assert.deepEqual(refused?.actions[0], { type: 'start_flow', outcome: 'refused', why: 'already-assigned' })
  })

  it('try a webhook again with the same delivery id, and give up at last', async () => {
    const rule = await scene.rule({
      trigger: 'message_received',
      actions: [
        { type: 'webhook', url: hookUrl },
        { type: 'tag', tag: 'told' },
      ],
    })
    const id = await scene.talk()
    answers.push(503, 500)
    const before = got.length
    await scene.says(id, 'one')
    const [done] = await scene.ended(rule, 1)
    assert.deepEqual([done?.outcome, got.length - before], ['done', 3])
    assert.equal(new Set(got.slice(before).map(({ delivery }) => delivery)).size, 1)
    answers.push(503, 404, 500)
    await scene.says(id, 'two')
    const [refused] = await scene.ended(rule, 2)
    assert.deepEqual(refused?.actions, [
      { type: 'webhook', outcome: 'refused', why: 'it answers 500' },
      { type: 'tag', outcome: 'done', why: null },
    ])
  })

  it('that set each other off, or themselves, end at the depth, recorded, and the worker goes on', async () => {
    const { agent, hire } = scene.place
    const other = await hire('other')
    const again = await scene.rule({
      trigger: 'conversation_tagged',
      actions: [
        { type: 'untag', tag: 'loop' },
        { type: 'tag', tag: 'loop' },
      ],
    })
    const id = await scene.talk()
    await scene.does(id, 'tags', { tag: 'start' })
    const loop = await scene.ended(again, 11)
    assert.deepEqual([loop[0]?.skipped, loop[0]?.depth], ['too-deep', 10])
    assert.equal(loop.filter(({ outcome }) => outcome === 'done').length, 10)

    const answer = (to: string, text: string) => ({
      trigger: 'message_received',
      senders: ['visitor', 'bot'],
      conditions: [{ field: 'message.content', op: 'equals', value: to }],
      actions: [{ type: 'reply', text }],
    })
    const [ping, pong] = [await scene.rule(answer('ping', 'pong')), await scene.rule(answer('pong', 'ping'))]
    const talk = await scene.talk()
    await scene.says(talk, 'ping')
    await scene.ended(ping, 11)
    await scene.ended(pong, 11)
    assert.deepEqual((await scene.heard(talk)).length, 10)

    const assignTo = (from: string, to: string) => ({
      trigger: 'conversation_assigned',
      conditions: [{ field: 'conversation.assignedAgentId', op: 'equals', value: from }],
      actions: [{ type: 'assign', agentId: to }],
    })
    const back = await scene.rule(assignTo(other.id, agent.id))
    await scene.rule(assignTo(agent.id, other.id))
    const wanted = await scene.talk()
    await scene.does(wanted, 'assign', { agentId: agent.id })
    const assigned = await scene.ended(back, 11)
    assert.equal(assigned.filter(({ outcome }) => outcome === 'done').length, 5)

    const echo = (senders: string[], text: string) => ({
      trigger: 'message_received',
      senders,
      conditions: [{ field: 'message.content', op: 'contains', value: 'echo' }],
      actions: [{ type: 'reply', text }],
    })
    const rules = [await scene.rule(echo(['bot', 'visitor'], 'echo one')), await scene.rule(echo(['bot'], 'echo two'))]
    const crowd = await scene.talk()
    await scene.says(crowd, 'echo')
    for (const [n, rule] of rules.entries()) {
      const runs = await scene.ended(rule, 21 - n)
      assert.equal(runs.filter(({ outcome }) => outcome === 'done').length, 10, 'ten times each, however they branch')
      assert.ok(runs.every(({ skipped }) => skipped === null || skipped === 'too-deep'))
    }
    assert.equal((await scene.heard(crowd)).length, 20)
    await eventually(async () => {
      assert.equal(await scene.metric('parley_automations_too_deep_total'), 4, 'one for each loop')
      assert.equal(lines.filter((line) => line.includes('set each other off')).length, 4)
    })
  })

  it('do each action once when flow-engine is killed and Redis emptied in the middle', async () => {
    const rule = await scene.rule({
      trigger: 'message_received',
      actions: [
        { type: 'tag', tag: 'seen' },
        { type: 'reply', text: 'Got {{message.content}}' },
        { type: 'note', text: 'Seen' },
      ],
    })
    const count = 40
    const redis = createRedis(scene.stack.config, createLogger({ logLevel: 'silent' }, 'test'), 'test')
    await redisReady(redis, 5000)
    const talks = await Promise.all(Array.from({ length: count }, () => scene.talk()))
    const sent = talks.map((id, n) => scene.says(id, `message ${n}`))
    await Promise.all(sent.slice(0, 20))
    await scene.stack.kill('flow-engine')
    await Promise.all(sent)
    await scene.stack.start('flow-engine')
    await eventually(async () => assert.ok((await scene.runs(rule)).length > 5), 30_000)
    await redis.flushall()
    await scene.ended(rule, count, 45_000)
    redis.disconnect()
    for (const [n, id] of talks.entries()) {
      assert.deepEqual(await scene.heard(id), [`Got message ${n}`])
      const types = (await scene.events(id)).map(({ type }) => type)
      assert.equal(types.filter((type) => type === 'NoteAdded' || type === 'ConversationTagged').length, 2)
    }
  })

  it('that could never work are refused, and nothing is stored', async () => {
    const good = { name: 'Rule', trigger: 'message_received', actions: [{ type: 'tag', tag: 'a' }] }
    const acts = (action: object) => ({ ...good, actions: [action] })
    const asks = (condition: object) => ({ ...good, conditions: [condition] })
    const bad: [object, RegExp][] = [
      [{ ...good, trigger: 'full_moon' }, /trigger/],
      [{ ...good, actions: [] }, /actions/],
      [{ ...good, minutes: 5 }, /minutes is for no_reply only/],
      [{ ...good, trigger: 'no_reply' }, /minutes is required/],
      [{ ...good, trigger: 'no_reply', minutes: 5, senders: ['agent'] }, /senders is for message_received only/],
      [acts({ type: 'dance' }), /actions\/0|actions/],
      [acts({ type: 'assign', agentId: randomUUID() }), /agentId names no agent/],
      [acts({ type: 'assign', agent_id: randomUUID() }), /agentId names no agent/],
      [acts({ type: 'assign' }), /agentId is required/],
      [acts({ type: 'assign', agentId: null, agent_id: null }), /give one of them/],
      [acts({ type: 'start_flow', flowId: randomUUID() }), /flowId names no flow/],
      [acts({ type: 'reply', text: 'Hi {{contact.name' }), /\{\{ without \}\}/],
      [acts({ type: 'reply', text: 'Hi {{contact.shoe size}}' }), /not the name of anything/],
      [acts({ type: 'reply', text: 'Order {{order_id}}' }), /order_id\}\} is known in chat flows only/],
      [acts({ type: 'webhook', url: 'http://169.254.169.254/latest' }), /or reserved addresses/],
      [acts({ type: 'webhook', url: 'https://shop.example', headers: { Host: 'x' } }), /Host is not yours/],
      [acts({ type: 'webhook', url: 'https://shop.example', headers: { 'X-Shop': 'a\r\nY: b' } }), /line breaks/],
      [acts({ type: 'webhook', url: 'https://shop.example', headers: { 'X Shop': 'a' } }), /no name of a header/],
      [asks({ field: 'contact.shoe', op: 'exists' }), /field/],
      [asks({ field: 'reply', op: 'exists' }), /chat flows only/],
      [asks({ field: 'contact.name', op: 'gt', value: 'five' }), /needs a number/],
      [asks({ field: 'contact.name', op: 'equals' }), /needs a value/],
    ]
    for (const [body, why] of bad) {
      const { status, body: told } = await scene.admin('POST', '/api/automations', body)
      assert.equal(status, 400, JSON.stringify(body))
      assert.match(JSON.stringify(told), why)
    }
    const id = await scene.rule(good)
    const freed = { actions: [{ type: 'assign', agent_id: null }] }
    const written = await scene.admin('PATCH', `/api/automations/${id}`, freed)
    assert.deepEqual(written.body.actions, [{ type: 'assign', agentId: null }])
    const silence = await scene.admin('PATCH', `/api/automations/${id}`, { trigger: 'no_reply' })
    assert.equal(silence.status, 400)
    const changed = await scene.admin('PATCH', `/api/automations/${id}`, { trigger: 'no_reply', minutes: 10 })
    assert.deepEqual([changed.status, changed.body.minutes, changed.body.senders], [200, 10, null])
    assert.equal(
      (await scene.call('POST', '/api/automations', { token: scene.place.agent.token, body: good })).status,
      403,
    )
    await eventually(async () => {
      const { body } = await scene.query('GET', '/api/automations', { token: scene.place.admin.token })
      assert.equal(body.length, 1)
    })
  })
})
