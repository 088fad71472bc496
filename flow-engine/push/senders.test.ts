import assert from 'node:assert/strict'
import { eventually } from '../../infra/local/testing/eventually.ts'
import type { ContactDevice } from '../../schemas/contact/device.ts'
import type { Notification } from '../domain/push/notification.ts'
import { createApns } from './apns.ts'
import { createFcm } from './fcm.ts'
import { GoogleTokens } from './google-tokens.ts'
import { ProviderTokens } from './provider-tokens.ts'
import type { MobileChannel, Push } from './sender.ts'
import { type Apple, startApple } from './testing/apple.ts'
import { appleKey, serviceAccount } from './testing/credentials.ts'
import { type Google, refusal, startGoogle } from './testing/google.ts'

const ids = {
  channel: '10000000-0000-4000-8000-000000000005',
  conversation: '10000000-0000-4000-8000-000000000001',
  message: '10000000-0000-4000-8000-000000000002',
  push: '10000000-0000-5000-8000-000000000003',
}
const notification: Notification = {
  title: 'Ada',
  body: 'Hello',
  conversationId: ids.conversation,
  messageId: ids.message,
  expiresAt: Math.floor(Date.now() / 1000) + 3600,
}
const [teamId, keyId, bundleId] = ['TEAM000001', 'KEY0000001', 'com.example.app']
const account = serviceAccount()
const privateKey = appleKey()

function pushTo(platform: 'fcm' | 'apns', token: string, secrets: Record<string, string>): Push {
  const device: ContactDevice = { id: ids.push, platform, channelId: ids.channel, token }
  const channel: MobileChannel = {
    ...{ id: ids.channel, workspaceId: ids.channel, name: 'App', active: true, status: 'there', type: 'mobile_sdk' },
    ...{ siteKey: null, embedTokenHash: null, secrets },
    config: {
      ...{ botId: null, identityVerification: 'off', autoAssign: false, pushContent: 'full', fcm: null },
      apns: { teamId, keyId, bundleId, environment: 'sandbox' },
    },
  }
  return { id: ids.push, notification, device, channel }
}

describe('pushes by FCM', () => {
  let google: Google
  beforeEach(async () => {
    google = await startGoogle(account)
  })
  afterEach(() => google.close())
  const secrets = { fcmServiceAccount: JSON.stringify(account) }
  const open = (tokenUrl = google.tokenUrl) => createFcm({ url: google.url, tokens: new GoogleTokens(tokenUrl) })

  it('show one access token of the service account, and get another when it holds no more', async () => {
    const fcm = open()
    const sent = await Promise.all(['token-a', 'token-b'].map((token) => fcm.send(pushTo('fcm', token, secrets))))
    assert.deepEqual(
      sent.map((outcome) => outcome?.kind),
      ['sent', 'sent'],
    )
    assert.equal(google.grants, 1)
    const [push] = google.pushes
    assert.deepEqual([push?.path, push?.authorization], ['/v1/projects/parley-test/messages:send', 'Bearer access-1'])
    assert.deepEqual(push?.body.message?.notification, { title: 'Ada', body: 'Hello' })
    google.answers.set('token-c', [{ status: 401, body: {} }])
    assert.equal((await fcm.send(pushTo('fcm', 'token-c', secrets)))?.kind, 'retry')
    assert.equal((await fcm.send(pushTo('fcm', 'token-c', secrets)))?.kind, 'sent')
    assert.equal(google.pushes.at(-1)?.authorization, 'Bearer access-2')
  })

  it('say what became of them, and when to come again', async () => {
    const fcm = open()
    google.answers.set('gone', [refusal(404, 'UNREGISTERED')])
    assert.equal((await fcm.send(pushTo('fcm', 'gone', secrets)))?.kind, 'dead-token')
    google.answers.set('busy', [refusal(429, 'QUOTA_EXCEEDED', { 'retry-after': '7' })])
    const busy = await fcm.send(pushTo('fcm', 'busy', secrets))
    assert.deepEqual(busy, { kind: 'retry', why: 'FCM answered 429 QUOTA_EXCEEDED', retryAfterMs: 7000 })
  })

  it('are given up, without a word of the secret, where the credentials are none', async () => {
    const fcm = open()
    const outcomes = [
      await fcm.send(pushTo('fcm', 'token', { fcmServiceAccount: '{"private_key": "hush' })),
      await fcm.send(
        pushTo('fcm', 'token', { fcmServiceAccount: JSON.stringify({ ...account, private_key: 'hush' }) }),
      ),
      await fcm.send(
        pushTo('fcm', 'token', {
          fcmServiceAccount: JSON.stringify({ ...account, private_key: serviceAccount().private_key }),
        }),
      ),
      await fcm.send(pushTo('fcm', 'token', { fcmServerKey: 'hush\nhush' })),
    ]
    for (const outcome of outcomes) {
      assert.equal(outcome?.kind, 'give-up')
      assert.ok(!JSON.stringify(outcome).includes('hush'))
    }
    assert.deepEqual([google.grants, google.pushes.length], [0, 0])
    assert.equal(await fcm.send(pushTo('fcm', 'token', {})), undefined)
    await google.close()
    const away = await fcm.send(pushTo('fcm', 'token', secrets))
    assert.equal(away?.kind === 'retry' && /^Google's token server cannot be reached: [A-Z_]+$/.test(away.why), true)
  })

  it('go by the legacy API where there is a server key alone', async () => {
    const fcm = open()
    const legacy = { fcmServerKey: 'AAAA-key' }
    google.answers.set('gone', [{ status: 200, body: { failure: 1, results: [{ error: 'NotRegistered' }] } }])
    assert.equal((await fcm.send(pushTo('fcm', 'here', legacy)))?.kind, 'sent')
    assert.equal((await fcm.send(pushTo('fcm', 'gone', legacy)))?.kind, 'dead-token')
    assert.deepEqual([google.pushes[0]?.path, google.pushes[0]?.authorization], ['/fcm/send', 'key=AAAA-key'])
  })
})

describe('pushes by APNs', () => {
  let apple: Apple
  beforeEach(async () => {
    apple = await startApple({ teamId, keyId, privateKey })
  })
  afterEach(() => apple.close())
  const secrets = { apnsPrivateKey: privateKey }
  const open = (tokens = new ProviderTokens()) => createApns({ url: apple.url, tokens })
  const tokenOf = (n: number) => String(n).padStart(64, 'a')

  it('share one connection and one provider token, and name topic, kind, id and expiry', async () => {
    const apns = open()
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => apns.send(pushTo('apns', tokenOf(n), secrets))))
    assert.ok(sent.every((outcome) => outcome?.kind === 'sent'))
    assert.deepEqual([apple.pushes.length, apple.connections, apple.shown.size], [20, 1, 1])
    const { headers, body } = apple.pushes[0] ?? assert.fail()
    assert.deepEqual(
      ['apns-topic', 'apns-push-type', 'apns-priority', 'apns-id', 'apns-expiration', 'apns-collapse-id'].map(
        (name) => headers[name],
      ),
      [bundleId, 'alert', '10', ids.push, String(notification.expiresAt), ids.message],
    )
    assert.deepEqual(body.aps, {
      alert: { title: 'Ada', body: 'Hello' },
      sound: 'default',
      'thread-id': ids.conversation,
    })
    assert.deepEqual([body.conversation_id, body.message_id], [ids.conversation, ids.message])
    apns.close()
  })

  it('say what became of them, and make token and connection anew where those have ended', async () => {
    const apns = open()
    apple.answers.set(tokenOf(1), [{ status: 410, reason: 'Unregistered' }])
    assert.equal((await apns.send(pushTo('apns', tokenOf(1), secrets)))?.kind, 'dead-token')
    apple.answers.set(tokenOf(2), [
      { status: 503, reason: 'ServiceUnavailable' },
      { status: 0, reason: 'cut' },
    ])
    const kinds = []
    for (let n = 0; n < 3; n++) kinds.push((await apns.send(pushTo('apns', tokenOf(2), secrets)))?.kind)
    assert.deepEqual([kinds, apple.connections], [['retry', 'retry', 'sent'], 2])
    const [before] = apple.shown
    apple.answers.set(tokenOf(3), [{ status: 403, reason: 'ExpiredProviderToken' }])
    assert.equal((await apns.send(pushTo('apns', tokenOf(3), secrets)))?.kind, 'retry')
    // Signed with another random number, it is another token, also within the same second.
    assert.equal((await apns.send(pushTo('apns', tokenOf(3), secrets)))?.kind, 'sent')
    assert.deepEqual([apple.shown.size, apple.shown.has(before ?? '')], [2, true])
    apns.close()
  })

  it('make their token anew before Apple finds it too old', async () => {
    const apns = open(new ProviderTokens(1))
    await apns.send(pushTo('apns', tokenOf(1), secrets))
    await eventually(async () => {
      await apns.send(pushTo('apns', tokenOf(1), secrets))
      assert.ok(apple.shown.size > 1)
    })
    apns.close()
  })

  it('are given up where the key is none or another’s, and not sent where nothing is set up', async () => {
    const apns = open()
    const broken = await apns.send(pushTo('apns', tokenOf(1), { apnsPrivateKey: 'hush' }))
    assert.deepEqual(broken, { kind: 'give-up', why: 'apnsPrivateKey is no key for ES256' })
    assert.equal((await apns.send(pushTo('apns', tokenOf(1), { apnsPrivateKey: appleKey() })))?.kind, 'give-up')
    assert.equal(await apns.send(pushTo('apns', tokenOf(1), {})), undefined)
    apns.close()
    await apple.close()
    const away = await apns.send(pushTo('apns', tokenOf(1), secrets))
    assert.deepEqual(away, { kind: 'retry', why: 'APNs cannot be reached: ECONNREFUSED' })
  })
})
