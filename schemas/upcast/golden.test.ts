import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { catalog, definitionOf } from '../catalog.ts'
import { checkOf } from '../validator.ts'
import { type Upcast, type Upcasters, upcast } from './upcast.ts'

const golden: Upcast[] = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8'))

describe('the golden corpus', () => {
  for (const { type, v, data } of golden) {
    it(`reads ${type} as it was stored at version ${v}`, () => {
      const today = upcast(type, v, data)
      const definition = definitionOf(today.type)
      assert.ok(definition, `${today.type} is not in the catalog`)
      assert.equal(today.v, definition.v, 'the upcasters stop before the version that is written today')
      const checked = checkOf(definition.data)(today.data)
      assert.deepEqual(checked.ok ? [] : checked.errors, [])
    })
  }

  it('holds every event at every version up to that of today', () => {
    const held = new Set(golden.map(({ type, v }) => `${type} ${v}`))
    const due = Object.entries(catalog).flatMap(([type, { v }]) =>
      Array.from({ length: v }, (_, index) => `${type} ${index + 1}`),
    )
    const missing = due.filter((event) => !held.has(event))
    assert.deepEqual(
      missing,
      [],
      'add one stored event of each to schemas/upcast/golden.json, and leave it there for ever',
    )
  })

  it('holds nothing twice', () => {
    assert.equal(new Set(golden.map(({ type, v }) => `${type} ${v}`)).size, golden.length)
  })
})

describe('the upcaster', () => {
  const table: Upcasters = {
    Renamed: { 1: (data) => ({ type: 'Named', v: 2, data: { ...(data as object), added: true } }) },
    Named: { 2: (data) => ({ type: 'Named', v: 3, data: { ...(data as object), third: 3 } }) },
  }

  it('goes step by step to the last form, through a change of name', () => {
    assert.deepEqual(upcast('Renamed', 1, { old: 1 }, table), {
      type: 'Named',
      v: 3,
      data: { old: 1, added: true, third: 3 },
    })
  })

  it('leaves alone what it does not know', () => {
    assert.deepEqual(upcast('constructor', 1, { a: 1 }, table), { type: 'constructor', v: 1, data: { a: 1 } })
  })
})
