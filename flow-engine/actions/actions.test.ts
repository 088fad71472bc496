import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { LogUnavailable } from '../../infra/runtime/event-store/log.ts'
import { createOutbound } from '../../infra/runtime/http/outbound.ts'
import type { Wish } from '../../infra/runtime/http/service-call.ts'
import { Rejection, type RejectionCode } from '../../schemas/rejection.ts'
import type { Facts } from '../domain/facts.ts'
import { act } from '../steps/action.ts'
import { type Acting, Foreign } from './action.ts'
import { createActions } from './actions.ts'
import { answeringByAi } from './ai-reply.ts'
import { replying } from './reply.ts'
import { closing } from './status.ts'
import { tagging } from './tag.ts'
import { calling } from './webhook.ts'

const nowhere = { url: 'http://127.0.0.1:9', tokens: { issue: async () => '' } }
const id = (n: number) => `10000000-0000-4000-8000-00000000000${n}`
const acting: Acting = {
  workspaceId: id(1),
  conversationId: id(2),
  cause: { bot: id(3), eventId: id(4), depth: 2 },
  key: id(5),
}
const facts: Facts = {
  reply: null,
  message: { content: 'Hello', senderType: 'visitor', contentType: 'text' },
  contact: { name: 'Ada', email: null, phone: null, attributes: { orders: 3 } },
  conversation: {
    status: 'open',
    channel: 'widget',
    tags: ['vip', 'late'],
    assignedAgentId: null,
    widgetId: null,
    channelId: null,
    metadata: {},
  },
  variables: { order_id: '4711' },
  webhook: { status: null },
}

/** A route that answers so, or refuses with a code, and what was asked of it. */
function routeThat<T>(answer: T | RejectionCode) {
  const asked: Wish[] = []
  const call = async (wish: Wish) => {
    asked.push(wish)
    if (typeof answer === 'string') throw new Rejection(answer as RejectionCode, 'No.')
    return { status: 200, body: answer, position: undefined }
  }
  return { asked, call }
}

describe('an action', () => {
  it('is asked of command-api for the workspace, with its cause, once for its key', async () => {
    const { asked, call } = routeThat({ id: id(6), revision: 7 })
    const acted = await replying(call)(
      { type: 'reply', text: 'Hi {{contact.name}}, {{ order_id }} of {{conversation.tags}}{{contact.email}}' },
      acting,
      facts,
    )
    assert.deepEqual(acted, { outcome: 'done', message: { id: id(6), revision: 7 } })
    assert.deepEqual(asked, [
      {
        caller: { kind: 'system', id: 'flow-engine', workspaceId: id(1) },
        params: { id: id(2) },
        body: { content: 'Hi Ada, 4711 of vip, late', contentType: 'text', senderType: 'bot', senderId: id(3) },
        idempotencyKey: id(5),
        headers: { 'x-cause': `bot=${id(3)}; event=${id(4)}; depth=2` },
      },
    ])
  })

  it('that can never be done is refused by its code; what may pass is thrown', async () => {
    const tag = (code: RejectionCode) => tagging(routeThat(code).call)({ type: 'tag', tag: 'vip' }, acting, facts)
    assert.deepEqual(await tag('not-found'), { outcome: 'refused', why: 'not-found' })
    for (const code of ['unavailable', 'projection-behind', 'conflict'] as const) {
      await assert.rejects(tag(code), (error) => error instanceof Rejection && error.code === code)
    }
  })

  it('is done where an earlier try did it with other words, and where it is closed already', async () => {
    assert.deepEqual(
      await tagging(routeThat('idempotency-key-reused').call)({ type: 'tag', tag: 'a' }, acting, facts),
      {
        outcome: 'done',
      },
    )
    assert.deepEqual(await closing(routeThat('already-closed').call)({ type: 'close' }, acting, facts), {
      outcome: 'done',
    })
  })

  it('says nothing where there is nothing to say', async () => {
    const { asked, call } = routeThat({ id: id(6), revision: 7 })
    const empty = await replying(call)({ type: 'reply', text: '{{contact.email}} ' }, acting, facts)
    assert.deepEqual(empty, { outcome: 'refused', why: 'empty-text' })
    const suggest = routeThat({ suggestion: null, sources: [], model: 'retrieval' }).call
    const ai = answeringByAi({ suggest, send: call, head: async () => undefined })
    assert.deepEqual(await ai({ type: 'ai_reply' }, acting, facts), { outcome: 'refused', why: 'no-suggestion' })
    assert.equal(asked.length, 0)
  })

  it('that somebody else has to help with tells their outage from one of ours', async () => {
    const { call: send } = routeThat({ id: id(6), revision: 7 })
    const suggestion = { suggestion: 'Hi', sources: [], model: 'm' }
    const by = (suggest: RejectionCode | typeof suggestion, then: typeof send, head = async () => undefined) =>
      answeringByAi({ suggest: routeThat(suggest).call, send: then, head })({ type: 'ai_reply' }, acting, facts)
    await assert.rejects(by('unavailable', send), Foreign)
    await assert.rejects(by('projection-behind', send), Rejection)
    await assert.rejects(by(suggestion, routeThat<{ id: string; revision: number }>('unavailable').call), Rejection)
    const stepping = { ...acting, facts: async () => Promise.reject(new LogUnavailable('away')), sent: undefined }
    const tools = {
      commandApi: nowhere,
      queryApi: nowhere,
      outbound: { post: assert.fail },
      head: async () => undefined,
    }
    const webhook = { type: 'webhook', url: 'https://shop.demo.test' } as const
    await assert.rejects(act(createActions(tools), webhook, { ...stepping, isLast: true }), LogUnavailable)
  })

  it('that calls a webhook tells what it is about, whatever the answer is, and none where it may not', async () => {
    const seen: { request: IncomingMessage; body: string }[] = []
    const server = createServer(async (request, response) => {
      seen.push({ request, body: await text(request) })
      response.writeHead(503).end('later')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    const hook = {
      type: 'webhook',
      url,
      headers: { 'Parley-Delivery': 'forged', 'X-Key': 'k' },
      body: { order: ['{{order_id}}', 1] },
    } as const
    const [open, shut] = [createOutbound({ allowPrivate: true }), createOutbound({ allowPrivate: false })]
    try {
      const action = { ...hook, body: { order: [...hook.body.order] } }
      const acted = await calling({ outbound: open, event: 'automation.webhook' })(action, acting, facts)
      assert.deepEqual(acted, { outcome: 'done', status: 503, answer: 'later' })
      const [first] = seen
      assert.deepEqual([first?.request.headers['parley-delivery'], first?.request.headers['x-key']], [id(5), 'k'])
      assert.deepEqual(JSON.parse(first?.body ?? ''), {
        event: 'automation.webhook',
        deliveryId: id(5),
        workspaceId: id(1),
        conversationId: id(2),
        contact: facts.contact,
        message: facts.message,
        variables: facts.variables,
        body: { order: ['4711', 1] },
      })
      const refused = await calling({ outbound: shut, event: 'flow.webhook' })(action, acting, facts)
      assert.equal(refused.outcome, 'refused')
      assert.equal(seen.length, 1)
    } finally {
      await Promise.all([open.close(), shut.close()])
      server.close()
    }
  })
})
