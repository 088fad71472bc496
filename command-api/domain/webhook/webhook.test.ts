import assert from 'node:assert/strict'
import type { WebhookEvent } from '../../../schemas/webhook/events.ts'
import { given, stateOf } from '../../testing/given.ts'
import { signingSecrets, webhook } from './webhook.ts'

type Of<Type extends WebhookEvent['type']> = Extract<WebhookEvent, { type: Type }>

const webhookId = '10000000-0000-4000-8000-00000000000a'
const facts = {
  webhookId,
  url: 'https://hooks.example.com/a',
  events: ['message.sent'],
  description: '',
  active: true,
  secret: 'whsec_one',
}
const created: Of<'WebhookCreated'> = { type: 'WebhookCreated', data: facts }
const off: Of<'WebhookUpdated'> = {
  type: 'WebhookUpdated',
  data: { webhookId, active: false, reason: 'It answered 410 Gone.' },
}
const rotated: Of<'WebhookSecretRotated'> = { type: 'WebhookSecretRotated', data: { webhookId, secret: 'whsec_two' } }
const deleted: Of<'WebhookDeleted'> = { type: 'WebhookDeleted', data: { webhookId } }

describe('a webhook', () => {
  it('is made once', () => {
    given(webhook)
      .when({ type: 'CreateWebhook', ...facts })
      .yields(created)
    given(webhook, created)
      .when({ type: 'CreateWebhook', ...facts })
      .refused('already-exists')
  })

  it('changes only what is another', () => {
    given(webhook, created)
      .when({ type: 'UpdateWebhook', changes: { url: facts.url, events: ['*'] } })
      .yields({ type: 'WebhookUpdated', data: { webhookId, events: ['*'] } })
    given(webhook, created)
      .when({ type: 'UpdateWebhook', changes: { active: true } })
      .yields()
  })

  it('is turned off once, and says why until somebody turns it on', () => {
    const turnOff = { type: 'TurnWebhookOff', reason: 'It answered 410 Gone.' } as const
    given(webhook, created).when(turnOff).yields(off)
    given(webhook, created, off).when(turnOff).yields()
    const reasonOf = (...past: WebhookEvent[]) => {
      const state = stateOf(webhook, past)
      return state.status === 'there' ? [state.active, state.disabledReason] : []
    }
    const on: WebhookEvent = { type: 'WebhookUpdated', data: { webhookId, active: true } }
    const renamed: WebhookEvent = { type: 'WebhookUpdated', data: { webhookId, description: 'CRM' } }
    assert.deepEqual(reasonOf(created, off, renamed), [false, 'It answered 410 Gone.'])
    assert.deepEqual(reasonOf(created, off, on), [true, null])
  })

  it('signs with the secret before as well, for a day', () => {
    const state = stateOf(webhook, [created, rotated])
    assert.ok(state.status === 'there' && state.previous !== null)
    assert.deepEqual(signingSecrets(state, state.previous.until - 1), ['whsec_two', 'whsec_one'])
    assert.deepEqual(signingSecrets(state, state.previous.until), ['whsec_two'])
  })

  it('takes no more once deleted, and keeps no secret', () => {
    for (const command of [
      { type: 'DeleteWebhook' },
      { type: 'TestWebhook', pingId: webhookId },
      { type: 'ReplayWebhook', replayId: webhookId, from: '1/1' },
      { type: 'RotateWebhookSecret', secret: 'x' },
    ] as const) {
      given(webhook, created, rotated, deleted).when(command).refused('not-found')
      given(webhook).when(command).refused('not-found')
    }
    const state = stateOf(webhook, [created, rotated, deleted])
    assert.deepEqual(state.status === 'deleted' && [state.secret, state.previous], ['', null])
  })
})
