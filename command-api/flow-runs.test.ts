import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { type Call, callerOf } from '../test/call.ts'
import { openWorkplace, type Workplace } from '../test/workplace.ts'

describe('runs of flows, in command-api', () => {
  let stack: Stack
  let call: Call
  let place: Workplace
  let system = ''
  let flow = ''

  before(async () => {
    const only = ['event-store', 'postgres', 'command-api'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'warn' } })
    call = callerOf(stack.url('command-api'))
    place = await openWorkplace(stack.config, stack.url('command-api'))
    system = await place.token({ kind: 'system', id: 'flow-engine', workspaceId: place.workspaceId })
    const body = { name: 'menu', body: 'Hello', buttons: [{ label: 'Track Order', value: 'track' }] }
    const template = await admin('POST', '/chat-flow/templates/', body)
    flow = String((await admin('POST', '/chat-flow/flows/', flowOf(String(template.id)))).id)
  })
  after(() => stack.stop())

  const admin = async (method: 'POST' | 'PUT', path: string, body: object) => {
    const answer = await call(method, path, { token: place.admin.token, body })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))
    return answer.body
  }
  const flowOf = (template: string, last = 'bye') => ({
    name: 'Menu',
    is_active: true,
    start_template: template,
    flow_data: {
      nodes: [
        { id: 'menu', type: 'template', data: { template_id: template } },
        { id: last, type: 'action', data: { action: { type: 'reply', text: 'Bye' } } },
      ],
      edges: [{ id: 'edge', source: 'menu', target: last, label: 'Button: Track Order' }],
    },
  })
  const talk = async () =>
    String((await call('POST', '/api/conversations', { body: { widgetId: place.widgetId } })).body.id)
  const start = (conversation: string, options: object = {}) =>
    call('POST', `/chat-flow/flows/${flow}/start/`, {
      token: place.agent.token,
      body: { conversation_id: conversation },
      ...options,
    })
  const tell = (run: unknown, what: string, body: object) =>
    call('POST', `/internal/flow-runs/${run}/${what}`, { token: system, body })
  const doing = ({ body }: { body: Record<string, unknown> }) => Reflect.get(Object(body.doing), 'kind')
  const sent = (revision: number) => ({ kind: 'sent', messageId: randomUUID(), revision })

  it('start once in a conversation, however many ask', async () => {
    const conversation = await talk()
    const answers = await Promise.all(Array.from({ length: 10 }, () => start(conversation)))
    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [201, ...Array.from({ length: 9 }, () => 409)])
    const started = answers.find(({ status }) => status === 201)
    assert.deepEqual([started?.body.flow, started?.body.version, started?.body.node], [flow, 1, 'menu'])
    const refused = answers.find(({ status }) => status === 409)
    assert.match(String(refused?.body.type), /flow-running/)
  })

  it('answer a retry with the same key alike', async () => {
    const conversation = await talk()
    const headers = { 'idempotency-key': 'once' }
    const [first, again] = [await start(conversation, { headers }), await start(conversation, { headers })]
    assert.equal(first.status, 201)
    assert.deepEqual(again.body, first.body)
    assert.equal((await start(await talk(), { headers })).status, 422)
  })

  it('go on by what they are told, once for each step, and tell their conversation when they end', async () => {
    const conversation = await talk()
    const { body: run } = await start(conversation)
    const told = { step: 1, result: sent(5) }
    const [one, two] = [await tell(run.id, 'step', told), await tell(run.id, 'step', told)]
    assert.equal(doing(one), 'reply')
    assert.equal(two.body.revision, one.body.revision)
    const reply = { messageId: randomUUID(), text: ' TRACK ', value: null }
    assert.equal(doing(await tell(run.id, 'reply', { ...reply, step: 1, revision: 4 })), 'reply')
    const replied = await tell(run.id, 'reply', { ...reply, step: 1, revision: 6 })
    assert.deepEqual([replied.body.step, replied.body.nodeId, doing(replied)], [2, 'bye', 'effect'])
    const ended = await tell(run.id, 'step', { step: 2, result: { kind: 'done' } })
    assert.deepEqual([ended.body.status, ended.body.outcome], ['ended', 'completed'])
    const { body } = await call('POST', `/api/conversations/${conversation}/tags`, {
      token: place.agent.token,
      body: { tag: 'x' },
    })
    assert.equal(body.flowRunId, null)
    assert.equal((await start(conversation)).status, 201)
  })

  it('stay on their version, while new ones take the next', async () => {
    const [early, late] = [await talk(), await talk()]
    const { body: before } = await start(early)
    const body = { name: 'menu', body: 'Hello again', buttons: [{ label: 'Track Order' }] }
    const template = String((await admin('POST', '/chat-flow/templates/', body)).id)
    await admin('PUT', `/chat-flow/flows/${flow}/`, flowOf(template, 'see-you'))
    const { body: after } = await start(late)
    assert.deepEqual([before.version, after.version], [1, 2])
    for (const [run, node] of [
      [before, 'bye'],
      [after, 'see-you'],
    ] as const) {
      await tell(run.id, 'step', { step: 1, result: sent(5) })
      const reply = { step: 1, messageId: randomUUID(), revision: 6, text: 'Track Order', value: null }
      assert.equal((await tell(run.id, 'reply', reply)).body.nodeId, node)
    }
  })

  it('are ended by hand, and then told nothing more', async () => {
    const { body: run } = await start(await talk())
    const end = () => call('POST', `/chat-flow/runs/${run.id}/end/`, { token: place.agent.token })
    assert.deepEqual([(await end()).body.outcome, (await end()).status], ['stopped', 200])
    assert.equal((await tell(run.id, 'step', { step: 1, result: sent(5) })).body.status, 'ended')
  })

  it('take nothing before its time', async () => {
    const { body: run } = await start(await talk())
    await tell(run.id, 'step', { step: 1, result: sent(5) })
    assert.equal(doing(await tell(run.id, 'timeout', { step: 1 })), 'reply')
  })

  it('are nothing to another workspace, nor are its flows and conversations', async () => {
    const other = await openWorkplace(stack.config, stack.url('command-api'))
    const conversation = await talk()
    const { body: run } = await start(conversation)
    const { token } = other.admin
    const body = { conversation_id: conversation }
    assert.equal((await call('POST', `/chat-flow/flows/${flow}/start/`, { token, body })).status, 404)
    assert.equal(
      (await call('POST', `/chat-flow/flows/${flow}/simulate/`, { token, body: { replies: [] } })).status,
      404,
    )
    assert.equal((await call('POST', `/chat-flow/runs/${run.id}/end/`, { token })).status, 404)
    const theirs = String((await call('POST', '/api/conversations', { body: { widgetId: other.widgetId } })).body.id)
    assert.equal((await start(theirs)).status, 404)
  })

  it('are tried without leaving a trace', async () => {
    const body = { replies: ['what?', 'track order'], contact: { name: 'Ada' } }
    const tried = await call('POST', `/chat-flow/flows/${flow}/simulate/`, { token: place.agent.token, body })
    assert.equal(tried.status, 200, JSON.stringify(tried.body))
    assert.deepEqual([tried.body.outcome, tried.body.misses], ['completed', 1])
  })

  it('do not start by themselves where an agent is, nor where a flow is not active', async () => {
    const conversation = await talk()
    await call('POST', `/api/conversations/${conversation}/assign`, { token: place.agent.token })
    const begin = (flowId: string) =>
      call('POST', `/internal/conversations/${conversation}/flow`, {
        token: system,
        body: { flowId, startedBy: 'keyword', starterId: null, unlessAssigned: true },
      })
    assert.match(String((await begin(flow)).body.type), /already-assigned/)
    assert.equal((await begin(randomUUID())).status, 404)
    await call('POST', `/chat-flow/flows/${flow}/deactivate/`, { token: place.admin.token })
    assert.match(String((await begin(flow)).body.type), /flow-inactive/)
  })
})
