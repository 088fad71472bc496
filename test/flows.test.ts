import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type pg from 'pg'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import { createJobQueue } from '../infra/runtime/jobs/queue.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createRedis, redisReady } from '../infra/runtime/redis.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { Client } from '../realtime/testing/client.ts'
import { run } from './command.ts'
import { asks, does, graphOf, Workshop } from './flows/workshop.ts'
import { type House, openHouse } from './house.ts'

describe('chat flows', function () {
  this.timeout(60_000)
  let house: House
  let shop: Workshop
  let log: EventLog
  let pool: pg.Pool
  const lines: string[] = []

  before(async () => {
    const env = { OUTBOUND_PRIVATE: 'on', FLOW_RETRY_MS: '20', LOG_LEVEL: 'warn' }
    house = await openHouse(env, (name, line) => lines.push(`${name} ${line}`))
    const { config } = house.stack
    pool = createPool(config.databaseUrl, { name: 'test', connections: 2, lost: () => undefined })
    log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
    shop = new Workshop({ ...house, log, widgetId: house.demo.widgetId })
  })
  after(async () => {
    await log.close()
    await pool.end()
    await house.stack.stop()
  })
  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${lines.slice(-30).join('\n')}\n`)
  })

  it('answer a click as the document says, and the visitor sees it on a socket', async () => {
    const welcome = await shop.template('Hello {{contact.name | there}}! What can we do?', 'Track Order', 'Talk to us')
    const order = await shop.template('Your order is on its way.')
    const flow_data = {
      nodes: [
        {
          id: 'node-1',
          type: 'template',
          position: { x: 100, y: 100 },
          data: { template_id: welcome, template_name: 'welcome_message' },
        },
        { id: 'node-2', type: 'template', position: { x: 400, y: 100 }, data: { template_id: order } },
      ],
      edges: [{ id: 'edge-1', source: 'node-1', target: 'node-2', label: 'Button: Track Order' }],
    }
    const made = await shop.made('/chat-flow/flows/', {
      name: 'Welcome Flow',
      is_active: true,
      start_template: welcome,
      flow_data,
    })
    const talk = await shop.talk()
    const visitor = await new Client(house.stack.url('gateway')).opened()
    await visitor.join(`conversation:${talk.id}`, { token: talk.token })
    const runId = await shop.run(String(made.id), talk)
    const bot = (content: string) =>
      visitor.next(
        (frame) => frame.type === 'event' && frame.event.type === 'MessageSent' && frame.event.data.content === content,
      )
    const asked = await bot('Hello there! What can we do?')
    assert(asked.type === 'event' && asked.event.type === 'MessageSent')
    assert.deepEqual(asked.event.data.richMedia, {
      buttons: [
        { label: 'Track Order', value: 'Track Order' },
        { label: 'Talk to us', value: 'Talk to us' },
      ],
    })
    await shop.say(talk, 'Track Order')
    await bot('Your order is on its way.')
    visitor.socket.close()
    await shop.ends(runId, 'completed: end')
    assert.equal((await shop.start(String(made.id), talk)).status, 201, 'another may start when one has ended')
    assert.equal((await shop.start(String(made.id), talk)).status, 409, 'and not while it runs')
  })

  it('ask again, take the fallback, and leave it to people after too many misses', async () => {
    const nodes = {
      menu: await shop.says('Yes or no?', ['Yes', 'No']),
      why: await shop.says('Why not?'),
    }
    const strict = await shop.flow(nodes, [{ from: 'menu', to: 'why', label: 'Button: No' }], { max_misses: 1 })
    const talk = await shop.talk()
    const runId = await shop.run(strict, talk)
    await shop.hears(talk, 'Yes or no?')
    await shop.say(talk, 'what?')
    await shop.hears(talk, 'Yes or no?', 'Yes or no?')
    await shop.say(talk, 'what??')
    await shop.ends(runId, 'handed_over: misses')

    const kind = await shop.flow(nodes, [{ from: 'menu', to: 'why', label: 'Fallback' }])
    const other = await shop.talk()
    const second = await shop.run(kind, other)
    await shop.hears(other, 'Yes or no?')
    await shop.say(other, 'what?')
    await shop.ends(second, 'completed: end')
    await shop.hears(other, 'Yes or no?', 'Why not?')
  })

  it('keep variables, branch, tag, and hand over with a note', async () => {
    const nodes = {
      ask: await shop.says('Which order?'),
      keep: does({ type: 'set_variable', name: 'order_id', value: '{{reply}}' }),
      big: asks('variables.order_id', 'starts_with', 'B'),
      tag: does({ type: 'tag', tag: 'big-order' }),
      tell: await shop.says('{{order_id}}: a person will see to it, {{greeting}}.', [], {
        variables: { greeting: 'dear {{contact.name | customer}}' },
      }),
      human: does({ type: 'handover', note: 'Order {{order_id}}' }),
    }
    const flowId = await shop.flow(nodes, [
      { from: 'ask', to: 'keep' },
      { from: 'keep', to: 'big' },
      { from: 'big', to: 'tag', label: 'True' },
      { from: 'big', to: 'human', label: 'False' },
      { from: 'tag', to: 'tell' },
      { from: 'tell', to: 'human', label: 'Any' },
    ])
    const talk = await shop.talk()
    const runId = await shop.run(flowId, talk)
    await shop.hears(talk, 'Which order?')
    await shop.say(talk, 'B-17')
    await shop.hears(talk, 'Which order?', 'B-17: a person will see to it, dear customer.')
    await shop.say(talk, 'thanks')
    await shop.ends(runId, 'handed_over: handover')
    const events = await shop.events(talk)
    const notes = events.flatMap((event) => (event.type === 'NoteAdded' ? [event.data.content] : []))
    assert.deepEqual(notes, ['Order B-17'])
    assert(events.some(({ type }) => type === 'ConversationTagged'))
  })

  it('time out by their edge, or end; and a reply that comes then is for people', async () => {
    const nodes = {
      ask: await shop.says('Still there?', [], { timeout_seconds: 1 }),
      bye: await shop.says('Good-bye.'),
    }
    const polite = await shop.flow(nodes, [
      { from: 'ask', to: 'bye', label: 'Timeout' },
      { from: 'ask', to: 'ask', label: 'Any' },
    ])
    const rude = await shop.flow(nodes, [{ from: 'ask', to: 'bye', label: 'Any' }])
    const [one, other] = [await shop.talk(), await shop.talk()]
    const [first, second] = [await shop.run(polite, one), await shop.run(rude, other)]
    await shop.ends(first, 'completed: end')
    assert.deepEqual(await shop.said(one), ['Still there?', 'Good-bye.'])
    await shop.ends(second, 'timed_out: timeout')
    await shop.say(other, 'Here I am')
    const { position } = (await shop.events(other)).at(-1) ?? assert.fail('no events')
    const waiting = await house.call('GET', `/api/conversations/${other.id}`, {
      token: house.agentToken,
      headers: { 'x-wait-for': `${position.commit}/${position.prepare}` },
    })
    const { status, assignedAgentId, flowRunId } = waiting.body
    assert.deepEqual({ status, assignedAgentId, flowRunId }, { status: 'open', assignedAgentId: null, flowRunId: null })
    // Whatever would still answer has had its turn when a flow that starts now has answered elsewhere.
    const third = await shop.talk()
    await shop.run(rude, third)
    await shop.hears(third, 'Still there?')
    assert.deepEqual(await shop.said(other), ['Still there?'])
  })

  it('take one of two messages that come at the same instant', async () => {
    const nodes = { ask: await shop.says('One?'), next: await shop.says('Two?'), last: await shop.says('Three.') }
    const flowId = await shop.flow(nodes, [
      { from: 'ask', to: 'next' },
      { from: 'next', to: 'last' },
    ])
    const talks = await Promise.all(Array.from({ length: 5 }, () => shop.talk()))
    await Promise.all(
      talks.map(async (talk) => {
        await shop.run(flowId, talk)
        await shop.hears(talk, 'One?')
        await Promise.all([shop.say(talk, 'a'), shop.say(talk, 'b')])
        await shop.hears(talk, 'One?', 'Two?')
      }),
    )
    const other = await shop.talk()
    await shop.run(flowId, other)
    await shop.hears(other, 'One?')
    for (const talk of talks) assert.deepEqual(await shop.said(talk), ['One?', 'Two?'])
  })

  it('give way to an agent who writes or is assigned, and to whoever closes the conversation', async () => {
    const nodes = { ask: await shop.says('Question?'), next: await shop.says('Answer.') }
    const flowId = await shop.flow(nodes, [{ from: 'ask', to: 'next' }])
    const [written, taken, closed] = [await shop.talk(), await shop.talk(), await shop.talk()]
    const runs = await Promise.all([written, taken, closed].map((talk) => shop.run(flowId, talk)))
    for (const talk of [written, taken, closed]) await shop.hears(talk, 'Question?')
    await shop.agent('POST', `/api/conversations/${written.id}/messages`, { content: 'I am here' })
    await shop.agent('POST', `/api/conversations/${taken.id}/assign`, {})
    await shop.agent('POST', `/api/conversations/${closed.id}/close`, {})
    const expected = ['taken_over: agent', 'taken_over: agent', 'stopped: closed']
    for (const [n, end] of expected.entries()) await shop.ends(runs[n] ?? '', end)
    for (const talk of [written, taken]) await shop.say(talk, 'yes')
    for (const talk of [written, taken, closed]) assert.deepEqual(await shop.said(talk), ['Question?'])
  })

  it('start by keyword, by the start of a conversation and by their widget', async () => {
    const nodes = { ask: await shop.says('What is the number?'), next: await shop.says('Thanks.') }
    const edges = [{ from: 'ask', to: 'next' }]
    const keyword = await shop.flow(nodes, edges, { triggers: { keywords: ['lost parcel'] } })
    const talk = await shop.talk()
    await shop.say(talk, 'I have a LOST  parcel!')
    await shop.hears(talk, 'What is the number?')
    await shop.say(talk, 'lost parcel 17')
    await shop.hears(talk, 'What is the number?', 'Thanks.')
    await house.call('POST', `/chat-flow/flows/${keyword}/deactivate/`, { token: house.adminToken })

    const greeting = await shop.flow({ ask: await shop.says('Welcome!') }, [])
    const widget = await shop.made('/api/widgets', { name: 'With a flow', flowId: greeting })
    await shop.hears(await shop.talk(String(widget.id)), 'Welcome!')

    const { id } = await shop.made('/chat-flow/flows/', {
      name: 'At the start',
      is_active: true,
      ...graphOf({ ask: await shop.says('Hello!') }, []),
      settings: { triggers: { on_conversation_start: true } },
    })
    const again = await shop.talk()
    await shop.hears(again, 'Hello!')
    await eventually(async () => assert.equal(await shop.running(again), null))
    await shop.agent('POST', `/api/conversations/${again.id}/close`, {})
    await shop.say(again, 'I am back')
    await shop.hears(again, 'Hello!', 'Hello!')
    await shop.hears(await shop.talk(String(widget.id)), 'Welcome!')
    await house.call('POST', `/chat-flow/flows/${id}/deactivate/`, { token: house.adminToken })
    const late = await shop.talk()
    await shop.say(late, 'lost parcel')
    await shop.hears(await shop.talk(String(widget.id)), 'Welcome!')
    assert.deepEqual(await shop.said(late), [], 'a flow that is not active starts no more')
  })

  it('finish on the version on which they began', async () => {
    const [ask, old, now] = [await shop.says('Go on?'), await shop.says('Old.'), await shop.says('New.')]
    const edges = [{ from: 'ask', to: 'end' }]
    const flowId = await shop.flow({ ask, end: old }, edges)
    const talks = await Promise.all(Array.from({ length: 10 }, () => shop.talk()))
    await Promise.all(talks.map((talk) => shop.run(flowId, talk)))
    await shop.activate(flowId, { ask, end: now }, edges)
    const other = await shop.talk()
    await shop.run(flowId, other)
    for (const talk of [...talks, other]) await shop.hears(talk, 'Go on?')
    await Promise.all([...talks, other].map((talk) => shop.say(talk, 'yes')))
    for (const talk of talks) await shop.hears(talk, 'Go on?', 'Old.')
    await shop.hears(other, 'Go on?', 'New.')
  })

  it('wait, call webhooks until these answer, and use what they say', async () => {
    const calls: string[] = []
    const server = createServer((request, response) => {
      calls.push(String(request.headers['parley-delivery']))
      response.statusCode = calls.length < 3 ? 503 : 200
      response.end('in Bremen')
    })
    const url = await listening(server)
    const nodes = {
      wait: does({ type: 'wait', seconds: 1 }),
      call: does({ type: 'webhook', url, body: { run: '{{contact.name}}' }, saveAs: 'where' }),
      tell: await shop.says('It is {{where}} ({{webhook.status}}).'),
    }
    const flowId = await shop.flow(nodes, [
      { from: 'wait', to: 'call' },
      { from: 'call', to: 'tell' },
    ])
    const talk = await shop.talk()
    const runId = await shop.run(flowId, talk)
    await shop.ends(runId, 'completed: end')
    server.close()
    await shop.hears(talk, 'It is in Bremen (200).')
    assert.equal(calls.length, 3)
    assert.equal(new Set(calls).size, 1, 'it is one delivery, however often it is tried')
  })

  it('go on when their engine was stopped and Redis has forgotten everything', async () => {
    const nodes = {
      wait: does({ type: 'wait', seconds: 4 }),
      tell: await shop.says('Waited.'),
    }
    const flowId = await shop.flow(nodes, [{ from: 'wait', to: 'tell' }])
    const talk = await shop.talk()
    await shop.run(flowId, talk)
    await house.stack.kill('flow-engine', 'SIGTERM')
    await house.stack.start('flow-engine')
    await house.stack.waitReady('flow-engine')
    await eventually(async () => {
      const metrics = await (await fetch(`${house.stack.url('flow-engine')}/metrics`)).text()
      assert.match(metrics, /^flow_jobs_delayed\S* [1-9]/m)
    })
    const { Redis } = await import('ioredis')
    const redis = new Redis(house.stack.config.redisUrl)
    await redis.flushall()
    redis.disconnect()
    await shop.hears(talk, 'Waited.')
  })

  it('are looked after by hand', async () => {
    const nodes = { ask: await shop.says('Still there?'), next: await shop.says('Good.') }
    const flowId = await shop.flow(nodes, [{ from: 'ask', to: 'next' }])
    const talk = await shop.talk()
    const runId = await shop.run(flowId, talk)
    await shop.hears(talk, 'Still there?')
    const ask = async (...args: string[]) =>
      JSON.parse(await run(house.stack, 'flow-engine/flows/cli.js', ...args, '--json'))
    await eventually(async () => assert((await ask('active')).some(({ id }: { id: string }) => id === runId)))
    const { config } = house.stack
    const logger = createLogger({ logLevel: 'silent' }, 'test')
    const redis = createRedis(config, logger, 'test')
    await redisReady(redis, 5000)
    const queue = createJobQueue(redis, { name: 'flow-steps', attempts: 1, logger })
    await queue.add('broken', { runId, kind: 'nonsense' })
    const given = (await eventually(async () => {
      const { dead } = await ask('list')
      assert.equal(dead.length, 1)
      return dead
    })) as { runId: string; why: string }[]
    assert.deepEqual(
      given.map(({ runId, why }) => ({ runId, why })),
      [{ runId, why: 'This is no job of a flow.' }],
    )
    assert.deepEqual(await ask('retry', runId), { done: [runId], missing: [] })
    await eventually(async () => assert.equal((await ask('dead')).length, 1))
    const unknown = randomUUID()
    for (const action of ['retry', 'end']) {
      await assert.rejects(ask(action, unknown), /ended with 1: .*"missing"/s, 'who names what is not there is told')
    }
    assert.deepEqual(await ask('end', runId), { done: [runId], missing: [], before: [] })
    assert.deepEqual(await ask('end', runId), { done: [], missing: [], before: [runId] }, 'it had ended already')
    await shop.ends(runId, 'stopped: by-hand')
    assert.deepEqual(await ask('dead'), [])
    await queue.close()
    redis.disconnect()
  })
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}
