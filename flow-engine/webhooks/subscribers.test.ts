import assert from 'node:assert/strict'
import type { Recorded } from '../../schemas/envelope.ts'
import { Subscribers } from './subscribers.ts'

const workspaceId = '00000000-0000-4000-8000-0000000000aa'
const webhookId = '10000000-0000-4000-8000-00000000000a'
const conversation = 'conversation-20000000-0000-4000-8000-000000000001'

let n = 0
const event = (type: string, data: object, of: { workspace?: string; stream?: string } = {}): Recorded => {
  n += 1
  return {
    id: `30000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    stream: of.stream ?? conversation,
    revision: n,
    position: { commit: BigInt(n), prepare: BigInt(n) },
    type,
    data,
    meta: {
      ...{
        v: 1,
        workspaceId: of.workspace ?? workspaceId,
        actor: { kind: 'system', id: 'test' },
        commandId: '',
        prev: '',
        hash: '',
      },
      ...{ $correlationId: '', $causationId: '', at: '2026-01-01T12:00:00.000Z' },
    },
  }
}
const own = (type: string, data: object = {}) => event(type, { webhookId, ...data }, { stream: `webhook-${webhookId}` })
const facts = { url: 'https://a.example', events: ['message.sent'], description: '', active: true, secret: 's' }
const sent = (of = {}) => event('MessageSent', { content: 'Hello' }, of)
const kinds = (subscribers: Subscribers, one: Recorded) => subscribers.take(one).map(({ kind }) => kind)

describe('who is subscribed', () => {
  it('is sent what it asked for, of its own workspace, from when it is there until it is off or gone', () => {
    const all = new Subscribers()
    assert.deepEqual(kinds(all, sent()), [])
    assert.deepEqual(kinds(all, own('WebhookCreated', facts)), ['subscriber'])
    assert.deepEqual(kinds(all, sent()), ['deliver'])
    assert.deepEqual(kinds(all, event('ConversationTagged', { tag: 'vip' })), [])
    assert.deepEqual(kinds(all, sent({ workspace: '00000000-0000-4000-8000-0000000000bb' })), [])
    all.take(own('WebhookUpdated', { events: ['*'] }))
    assert.deepEqual(kinds(all, event('ConversationTagged', { tag: 'vip' })), ['deliver'])
    assert.deepEqual(kinds(all, event('MessageRelayed', {})), [], 'what has no public name is sent to nobody')
    all.take(own('WebhookUpdated', { active: false }))
    assert.deepEqual(kinds(all, sent()), [])
    all.take(own('WebhookUpdated', { active: true }))
    assert.deepEqual(kinds(all, own('WebhookDeleted')), ['deleted'])
    assert.deepEqual(kinds(all, sent()), [])
    assert.deepEqual(kinds(all, own('WebhookTested', { pingId: webhookId })), [])
  })

  it('has one id for an event, which is another for another webhook, and is known again after a restart', () => {
    const first = new Subscribers([{ id: webhookId, workspaceId, ...facts }])
    const again = new Subscribers([
      { id: webhookId, workspaceId, ...facts },
      { id: '10000000-0000-4000-8000-00000000000b', workspaceId, ...facts },
    ])
    const message = sent()
    const idsOf = (subscribers: Subscribers) =>
      subscribers.take(message).map((step) => (step.kind === 'deliver' ? step.delivery.id : ''))
    const [[one], [same, other]] = [idsOf(first), idsOf(again)]
    assert.equal(one, same)
    assert.notEqual(one, other)
  })

  it('is sent a ping under the id that was answered, and redeliveries end where they were asked for', () => {
    const all = new Subscribers([{ id: webhookId, workspaceId, ...facts }])
    const [ping] = all.take(own('WebhookTested', { pingId: '40000000-0000-4000-8000-000000000001' }))
    assert.ok(ping?.kind === 'deliver')
    assert.deepEqual([ping.delivery.id, ping.delivery.event], ['40000000-0000-4000-8000-000000000001', 'ping'])
    const asked = own('WebhookReplayRequested', { replayId: webhookId, from: '1/1' })
    const [replay] = all.take(asked)
    assert.deepEqual(replay, { kind: 'replay', id: webhookId, webhookId, from: '1/1', until: asked.position })
    const [again] = all.take(own('WebhookReplayRequested', { replayId: webhookId, from: '1/1', deliveryId: 'd' }))
    assert.deepEqual(again, { kind: 'again', deliveryId: 'd', webhookId })
  })
})
