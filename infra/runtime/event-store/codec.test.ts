import assert from 'node:assert/strict'
import fc from 'fast-check'
import { catalog, definitionOf } from '../../../schemas/catalog.ts'
import type { Recorded } from '../../../schemas/envelope.ts'
import { decodeAll } from './decode.ts'
import { type Encoded, encode, eventId } from './encode.ts'
import { type Append, type Delivered, isUndecodable } from './log.ts'
import { erasedValue } from './seal.ts'
import type { StoredEvent } from './stored.ts'
import { contactId, memoryVault, messages, uuid } from './testing/sample.ts'

function storedForm(encoded: Encoded[], stream: string): StoredEvent[] {
  return encoded.map(({ proposed }, revision) => ({
    id: proposed.id,
    stream,
    revision,
    position: { commit: 7n, prepare: 7n },
    type: proposed.type,
    data: JSON.parse(proposed.data.toString()),
    metadata: JSON.parse(proposed.metadata.toString()),
  }))
}

function recorded(delivered: Delivered | undefined): Recorded {
  assert.ok(
    delivered && !isUndecodable(delivered),
    delivered && 'error' in delivered ? delivered.error.message : 'none',
  )
  return delivered
}

const contactCreated = (fields: object): Append => ({
  ...messages(),
  events: [{ type: 'ContactCreated', data: { contactId, visitorId: 'v', ...fields } }],
})

describe('the codec', () => {
  it('gives back what was put in, for any words', async () => {
    const vault = memoryVault()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.jsonValue(), async (name, value) => {
        const append = contactCreated({ name, email: null, phone: null, attributes: { value } })
        const [event] = await decodeAll(storedForm(await encode(append, vault, 'w'), append.stream), vault)
        assert.deepEqual(recorded(event).data, JSON.parse(JSON.stringify(append.events[0]?.data)))
      }),
      { numRuns: 200 },
    )
  })

  it('stores no personal word in clear, and not even whether there is one', async () => {
    const append = contactCreated({
      name: 'Ada Lovelace',
      email: 'ada@x.example',
      phone: null,
      attributes: { a: 'Pascal' },
    })
    const [event] = await encode(append, memoryVault(), 'w')
    assert.ok(event)
    const text = `${event.proposed.data}${event.proposed.metadata}`
    assert.doesNotMatch(text, /Ada|ada@|Pascal|null/)
    assert.equal(text.match(/\$sealed/g)?.length, 4)
    assert.equal(event.data.name, 'Ada Lovelace')
  })

  it('derives ids from the command, and chains the events of one append', async () => {
    const [first, second] = await encode(messages({ command: 'c', count: 2, prevHash: 'before' }), memoryVault(), 'w')
    assert.deepEqual(
      [first?.proposed.id, second?.proposed.id],
      [eventId(uuid('c'), 0, 'w'), eventId(uuid('c'), 1, 'w')],
    )
    assert.equal(first?.meta.prev, 'before')
    assert.equal(second?.meta.prev, first?.meta.hash)
  })

  it('shows what stands for erased words once the key is dropped', async () => {
    const vault = memoryVault()
    const append = contactCreated({ name: 'Ada', email: null, phone: '1', attributes: { plan: 'pro' } })
    const stored = storedForm(await encode(append, vault, 'w'), append.stream)
    await vault.erase(contactId)
    const [event] = await decodeAll(stored, vault)
    const nothing = {
      contactId,
      visitorId: 'v',
      name: '[erased]',
      email: '[erased]',
      phone: '[erased]',
      attributes: {},
    }
    assert.deepEqual(recorded(event).data, nothing)
  })

  it('shows none of the words from an erasure in the log on, while the key is still there', async () => {
    const vault = memoryVault()
    const named = await encode(contactCreated({ name: 'Ada', email: null, phone: null, attributes: {} }), vault, 'w')
    const erased = { ...messages(), events: [{ type: 'ContactErased', data: { contactId } }] }
    const [before] = await decodeAll(storedForm(named, 'contact-1'), vault)
    assert.deepEqual((recorded(before).data as { name: string }).name, 'Ada')
    await decodeAll(storedForm(await encode(erased, vault, 'w'), 'contact-1'), vault)
    const [after] = await decodeAll(storedForm(named, 'contact-2'), vault)
    assert.deepEqual((recorded(after).data as { name: string }).name, '[erased]')
  })

  it('has something to show for every personal field of the catalog', () => {
    const shown = Object.keys(catalog).flatMap((type) => {
      const definition = definitionOf(type)
      return (
        definition?.personal.map((field) => [`${type}.${field}`, erasedValue(definition.data.properties[field])]) ?? []
      )
    })
    const { 'MessageSent.content': content, 'MessageSent.richMedia': media, ...others } = Object.fromEntries(shown)
    assert.deepEqual([content, media], ['[erased]', null])
    for (const [field, value] of Object.entries(others)) assert.ok(value !== undefined, field)
  })

  it('does not open a field that was moved to another event or another place', async () => {
    const vault = memoryVault()
    const append = contactCreated({ name: 'Ada', email: 'ada@x.example', phone: null, attributes: {} })
    const [stored] = storedForm(await encode(append, vault, 'w'), append.stream)
    const data = stored?.data as Record<string, unknown>
    const moved = { ...stored!, data: { ...data, name: data.email } }
    const elsewhere = { ...stored!, id: uuid('another'), data: { ...data } }
    for (const event of await decodeAll([moved, elsewhere], vault)) assert.ok(isUndecodable(event))
  })

  it('hands on what it cannot decode, in its place, and decodes the rest', async () => {
    const vault = memoryVault()
    const append = messages({ count: 4 })
    const stored = storedForm(await encode(append, vault, 'w'), append.stream)
    stored[1]!.data = 'no JSON'
    stored[2]!.metadata = undefined
    const delivered = await decodeAll(stored, vault)
    assert.deepEqual(delivered.map(isUndecodable), [false, true, true, false])
    assert.deepEqual(
      delivered.map(({ revision }) => revision),
      [0, 1, 2, 3],
    )
  })

  it('says so when the vault has no such key', async () => {
    const append = messages()
    const stored = storedForm(await encode(append, memoryVault(), 'w'), append.stream)
    const [event] = await decodeAll(stored, memoryVault())
    assert.ok(event && isUndecodable(event))
    assert.match(event.error.message, /the vault has no key of contact/)
  })

  it('leaves a type that it does not know as it is', async () => {
    const append = messages()
    const [stored] = storedForm(await encode(append, memoryVault(), 'w'), append.stream)
    const [event] = await decodeAll([{ ...stored!, type: 'FromTheFuture', data: { a: 1 } }], memoryVault())
    assert.deepEqual([recorded(event).type, recorded(event).data], ['FromTheFuture', { a: 1 }])
  })

  it('refuses to write personal data without knowing whose, or a type that is not in the catalog', async () => {
    const nobody = messages()
    await assert.rejects(
      encode({ ...nobody, context: { ...nobody.context, key: undefined } }, memoryVault(), 'w'),
      /does not say whose/,
    )
    await assert.rejects(encode({ ...nobody, events: [{ type: 'Nonsense', data: {} }] }, memoryVault(), 'w'), /catalog/)
  })
})
