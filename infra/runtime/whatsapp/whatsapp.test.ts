import assert from 'node:assert/strict'
import { callbackOf, readCallback } from './callback.ts'
import { remedyFor, whatsappError } from './errors.ts'
import { isMetas } from './graph.ts'

describe('what the Graph API says', () => {
  it('is believed of where a file lies only if that is with Meta, or with what stands for it', () => {
    const base = 'https://graph.facebook.com'
    const right = [
      'https://lookaside.fbsbx.com/whatsapp/1?mid=2',
      `${base}/files/1`,
      'https://media.graph.facebook.com/1',
    ]
    const wrong = [
      'http://lookaside.fbsbx.com/1',
      'https://lookaside.fbsbx.com:8443/1',
      'https://evilfbsbx.com/1',
      'https://lookaside.fbsbx.com.evil.example/1',
      'https://lookaside.fbsbx.com@evil.example/1',
      'http://127.0.0.1:5002/internal/channels/1',
      'file:///etc/passwd',
      'nowhere',
    ]
    assert.deepEqual(
      right.filter((url) => !isMetas(url, base)),
      [],
    )
    assert.deepEqual(
      wrong.filter((url) => isMetas(url, base)),
      [],
    )
    assert.ok(isMetas('http://127.0.0.1:9/files/1', 'http://127.0.0.1:9'))
    assert.ok(!isMetas('http://127.0.0.1:5002/files/1', 'http://127.0.0.1:9'))
  })

  it('is tried again by its code, and by its status where the code says nothing', () => {
    const retried = [
      [400, 130429],
      [400, 131056],
      [429, 80007],
      [503, undefined],
      [429, undefined],
    ] as const
    const final = [
      [401, 190],
      [403, 10],
      [403, 200],
      [500, 299],
      [400, 131047],
      [400, undefined],
    ] as const
    for (const [status, code] of retried) assert.equal(remedyFor(status, code), 'retry', `${status} ${code}`)
    for (const [status, code] of final) assert.equal(remedyFor(status, code), 'give-up', `${status} ${code}`)
  })

  it('is told in our words, for codes that are not known too', () => {
    assert.match(whatsappError(131047).why, /24 hours/)
    assert.deepEqual(whatsappError(987654), {
      code: '987654',
      why: 'WhatsApp could not deliver the message (error 987654).',
    })
    assert.equal(whatsappError(undefined).code, 'unknown')
  })

  it('names the message that we named, and nothing that we did not', () => {
    const named = {
      conversationId: '10000000-0000-4000-8000-000000000001',
      messageId: '10000000-0000-4000-8000-000000000002',
      part: 3,
    }
    assert.deepEqual(readCallback(callbackOf(named)), named)
    for (const text of [undefined, '', 'order-17', `${callbackOf(named)}/1`])
      assert.equal(readCallback(text), undefined)
  })
})
