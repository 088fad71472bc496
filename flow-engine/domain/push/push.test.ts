import assert from 'node:assert/strict'
import { apnsHeaders, apnsPayload, apnsVerdict } from './apns.ts'
import { fcmMessage, fcmVerdict, legacyVerdict } from './fcm.ts'
import { hiddenWords, isPushed, type Notification, wordsOf } from './notification.ts'
import type { Verdict } from './verdict.ts'

const notification: Notification = {
  title: 'Ada',
  body: 'Hello',
  conversationId: '10000000-0000-4000-8000-000000000001',
  messageId: '10000000-0000-4000-8000-000000000002',
  expiresAt: 1_800_000_000,
}
const { conversationId: conversation_id, messageId: message_id } = notification
const kindOf = ({ kind }: Verdict) => kind

describe('a push', () => {
  it('is for messages of those who answer the end user', () => {
    assert.deepEqual((['visitor', 'agent', 'ai', 'bot', 'system'] as const).filter(isPushed), ['agent', 'ai', 'bot'])
  })

  it('shows the first 200 characters, and a word where there are none', () => {
    const text = (content: string) => wordsOf({ content, contentType: 'text' })
    assert.equal(text(' Two\n lines '), 'Two lines')
    assert.equal(text('é'.repeat(200)), 'é'.repeat(200))
    assert.equal(text('🙂'.repeat(201)), `${'🙂'.repeat(199)}…`)
    assert.equal(wordsOf({ content: '  ', contentType: 'image' }), 'Image')
    assert.equal(wordsOf({ content: 'Which one?', contentType: 'dropdown' }), 'Which one?')
    assert.equal(text(''), 'File')
    assert.ok(hiddenWords.length > 0)
  })

  it('takes the form of FCM and of APNs, each with a mark by which a second one replaces the first', () => {
    assert.deepEqual(fcmMessage(notification, 'the-token', 60), {
      message: {
        token: 'the-token',
        notification: { title: 'Ada', body: 'Hello' },
        data: { conversation_id, message_id },
        android: { priority: 'HIGH', ttl: '60s', notification: { tag: message_id } },
      },
    })
    assert.deepEqual(apnsPayload(notification), {
      aps: { alert: { title: 'Ada', body: 'Hello' }, sound: 'default', 'thread-id': conversation_id },
      conversation_id,
      message_id,
    })
    assert.equal(apnsHeaders(notification, { id: 'x', topic: 'com.example' })['apns-collapse-id'], message_id)
    const widest = { ...notification, title: '🙂'.repeat(200), body: '🙂'.repeat(200) }
    assert.ok(Buffer.byteLength(JSON.stringify(apnsPayload(widest))) < 4096)
  })
})

describe('the answer to a push', () => {
  it('of FCM condemns a token only where it is about the token', () => {
    const verdict = (status: number, code?: string, rest = {}) => fcmVerdict(status, { code, fields: [], ...rest })
    assert.equal(kindOf(verdict(200)), 'sent')
    assert.equal(kindOf(verdict(404, 'UNREGISTERED')), 'dead-token')
    assert.equal(kindOf(verdict(400, 'INVALID_ARGUMENT', { fields: ['message.token'] })), 'dead-token')
    const said = { message: 'The registration token is not a valid FCM registration token' }
    assert.equal(kindOf(verdict(400, 'INVALID_ARGUMENT', said)), 'dead-token')
    assert.equal(kindOf(verdict(400, 'INVALID_ARGUMENT', { fields: ['message.data'] })), 'give-up')
    assert.equal(kindOf(verdict(404, 'NOT_FOUND')), 'give-up')
    assert.equal(kindOf(verdict(403, 'SENDER_ID_MISMATCH')), 'give-up')
    for (const status of [429, 500, 503]) assert.equal(kindOf(verdict(status)), 'retry')
    assert.deepEqual(verdict(401, 'UNAUTHENTICATED'), {
      kind: 'retry',
      why: 'FCM answered 401 UNAUTHENTICATED',
      stale: true,
    })
  })

  it('of the legacy API stands in its results', () => {
    const verdict = (error?: string) => kindOf(legacyVerdict(200, [{ error }]))
    assert.deepEqual(
      [undefined, 'NotRegistered', 'InvalidRegistration', 'Unavailable', 'MismatchSenderId'].map(verdict),
      ['sent', 'dead-token', 'dead-token', 'retry', 'give-up'],
    )
    assert.equal(kindOf(legacyVerdict(200, undefined)), 'give-up')
    assert.deepEqual(
      [401, 503].map((status) => kindOf(legacyVerdict(status, undefined))),
      ['give-up', 'retry'],
    )
  })

  it('of APNs goes by status and reason, and is shown without what else it may say', () => {
    const verdict = (status: number, reason?: string) => kindOf(apnsVerdict(status, reason))
    assert.equal(verdict(200), 'sent')
    assert.equal(verdict(410, 'Unregistered'), 'dead-token')
    assert.equal(verdict(400, 'BadDeviceToken'), 'dead-token')
    assert.equal(verdict(400, 'DeviceTokenNotForTopic'), 'give-up')
    assert.equal(verdict(403, 'InvalidProviderToken'), 'give-up')
    for (const status of [429, 500, 503]) assert.equal(verdict(status), 'retry')
    const expired = apnsVerdict(403, 'ExpiredProviderToken')
    assert.deepEqual(expired, { kind: 'retry', why: 'APNs answered 403 ExpiredProviderToken', stale: true })
    assert.deepEqual(apnsVerdict(400, 'the token 740f4707'), { kind: 'give-up', why: 'APNs answered 400' })
  })
})
