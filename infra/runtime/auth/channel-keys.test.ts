import assert from 'node:assert/strict'
import fc from 'fast-check'
import { hashChannelKey, holdsChannelKey, makeChannelKey, readChannelKey } from './channel-keys.ts'

const channelId = '10000000-0000-4000-8000-00000000000f'
const secret = Buffer.alloc(16, 7)

describe('the key of a channel', () => {
  it('names its channel', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array))
    fc.assert(
      fc.property(fc.uuid(), bytes, fc.constantFrom('site', 'embed'), (id, random, kind) => {
        assert.deepEqual(readChannelKey(makeChannelKey(kind, id, random)), { kind, channelId: id })
      }),
    )
  })

  it('is nothing else', () => {
    for (const text of [
      '',
      'sk_',
      'pk_'.padEnd(46, 'a'),
      'sk_'.padEnd(47, 'a'),
      `${makeChannelKey('site', channelId, secret)}=`,
    ]) {
      assert.equal(readChannelKey(text), undefined, text)
    }
  })

  it('holds for the channel that has it, as long as it is there', () => {
    const site = makeChannelKey('site', channelId, secret)
    const embed = makeChannelKey('embed', channelId, secret)
    const there = { status: 'there' as const, siteKey: null, embedTokenHash: null }
    assert.equal(holdsChannelKey(site, { ...there, siteKey: site }), true)
    assert.equal(holdsChannelKey(embed, { ...there, embedTokenHash: hashChannelKey(embed) }), true)
    assert.equal(
      holdsChannelKey(makeChannelKey('site', channelId, Buffer.alloc(16)), { ...there, siteKey: site }),
      false,
    )
    assert.equal(holdsChannelKey(embed, { ...there, siteKey: site }), false)
    assert.equal(holdsChannelKey(site, { ...there, embedTokenHash: hashChannelKey(embed) }), false)
    assert.equal(
      holdsChannelKey(embed, { status: 'deleted', siteKey: null, embedTokenHash: hashChannelKey(embed) }),
      false,
    )
  })
})
