import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import type { RawEvent } from './answer.ts'
import { createAudit, type Fault } from './audit.ts'
import { canonical } from './canonical.ts'
import { encode } from './encode.ts'
import { memoryVault, messages } from './testing/sample.ts'

// Its types describe a module that it is not.
const canonicalize: (value: unknown) => string | undefined = createRequire(import.meta.url)('canonicalize')

const stream = messages().stream

/** A stream of ten events, as it lies in the store, appended in pieces of one to three. */
async function storedStream(): Promise<RawEvent[]> {
  const vault = memoryVault()
  const stored: RawEvent[] = []
  let prevHash = ''
  for (const [turn, count] of [1, 2, 3, 1, 3].entries()) {
    const expected = stored.length - 1
    const encoded = await encode(messages({ expected, prevHash, command: `turn ${turn}`, count }), vault, 'w')
    for (const { proposed, meta } of encoded) {
      stored.push({
        id: proposed.id,
        stream,
        revision: stored.length,
        type: proposed.type,
        json: true,
        data: proposed.data.toString(),
        metadata: proposed.metadata.toString(),
        position: { commit: BigInt(stored.length), prepare: BigInt(stored.length) },
      })
      prevHash = meta.hash
    }
  }
  return stored
}

function faultsOf(events: readonly RawEvent[]): Fault[] {
  const audit = createAudit()
  return events.flatMap((event) => audit.check(event) ?? [])
}

describe('canonical JSON', () => {
  it('is that of RFC 8785, for every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        assert.equal(canonical(value), canonicalize(value))
      }),
    )
  })

  it('orders members by UTF-16 code units, numbers in names included', () => {
    assert.equal(
      canonical({ '10': 1, '9': 2, '\u20ac': 3, '\r': 4, '\ud83d\ude02': 5, a: undefined }),
      canonicalize({ '10': 1, '9': 2, '\u20ac': 3, '\r': 4, '\ud83d\ude02': 5 }),
    )
    assert.match(canonical({ 9: 1, 10: 2 }), /^\{"10":2,"9":1\}$/)
  })

  it('keeps a member that is named __proto__', () => {
    assert.equal(canonical(JSON.parse('{"__proto__":{"x":1}}')), '{"__proto__":{"x":1}}')
  })

  it('refuses what JSON cannot say', () => {
    assert.throws(() => canonical({ n: Number.NaN }), /NaN cannot be stored/)
    assert.throws(() => canonical({ n: 1n }), /bigint cannot be stored/)
  })
})

describe('the chain', () => {
  let stored: RawEvent[]
  before(async () => {
    stored = await storedStream()
  })

  it('is whole as it was written', () => {
    assert.equal(stored.length, 10)
    assert.deepEqual(faultsOf(stored), [])
  })

  it('shows a flip of any bit of any stored byte, in the event where it is', () => {
    const places = fc.record({
      at: fc.nat(9),
      field: fc.constantFrom('data', 'metadata'),
      offset: fc.nat(2000),
      bit: fc.nat(7),
    })
    fc.assert(
      fc.property(places, ({ at, field, offset, bit }) => {
        const event = stored[at]!
        const bytes = Buffer.from(event[field as 'data' | 'metadata'])
        bytes[offset % bytes.length]! ^= 1 << bit
        const altered = stored.with(at, { ...event, [field]: bytes.toString() })
        assert.equal(faultsOf(altered)[0]?.revision, at)
      }),
      { numRuns: 2000 },
    )
  })

  it('shows another id, type or content type', () => {
    for (const change of [{ id: stored[4]!.id }, { type: 'NoteAdded' }, { json: false }]) {
      const altered = stored.with(3, { ...stored[3]!, ...change })
      assert.equal(faultsOf(altered)[0]?.revision, 3, JSON.stringify(change))
    }
  })

  it('shows a dropped event, whether the others keep their revisions or move up', () => {
    for (let at = 0; at < 9; at += 1) {
      const kept = stored.toSpliced(at, 1)
      assert.match(faultsOf(kept)[0]?.reason ?? '', new RegExp(`revision ${at} is missing`))
      const renumbered = kept.map((event, revision) => ({ ...event, revision }))
      assert.equal(faultsOf(renumbered)[0]?.revision, at)
    }
  })

  it('shows two events that changed places', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), (a, b) => {
        fc.pre(a < b)
        const swapped = stored.with(a, { ...stored[b]!, revision: a }).with(b, { ...stored[a]!, revision: b })
        assert.equal(faultsOf(swapped)[0]?.revision, a)
      }),
    )
  })

  it('shows an event that was written anew with a hash that fits it, by the one that follows', async () => {
    const [forged] = await encode(
      messages({ expected: -1, command: 'forged', content: 'Never said' }),
      memoryVault(),
      'w',
    )
    const first = { ...stored[0]!, id: forged!.proposed.id, data: forged!.proposed.data.toString() }
    const altered = stored.with(0, { ...first, metadata: forged!.proposed.metadata.toString() })
    const [fault] = faultsOf(altered)
    assert.equal(fault?.revision, 1)
    assert.match(fault?.reason ?? '', /prev is not the hash of revision 0/)
  })

  it('shows the same JSON in another form', () => {
    const { data, metadata } = stored[2]!
    assert.match(faultsOf(stored.with(2, { ...stored[2]!, data: ` ${data}` }))[0]?.reason ?? '', /hash does not match/)
    const spaced = stored.with(2, { ...stored[2]!, metadata: metadata.replace(':', ': ') })
    assert.match(faultsOf(spaced)[0]?.reason ?? '', /not in the form/)
  })

  it('tells one alteration once, and goes on', () => {
    const altered = stored
      .with(5, { ...stored[5]!, data: '{"content":"no"}' })
      .with(8, { ...stored[8]!, data: 'garbage' })
    assert.deepEqual(
      faultsOf(altered).map(({ revision, reason }) => [revision, reason]),
      [
        [5, 'its hash does not match its content'],
        [8, 'its data is no readable JSON'],
      ],
    )
  })
})
