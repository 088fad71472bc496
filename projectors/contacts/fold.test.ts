import assert from 'node:assert/strict'
import { type ContactRow, termsOf, wantedTerms } from './fold.ts'

const nobody: ContactRow = {
  id: '10000000-0000-4000-8000-000000000004',
  workspaceId: '00000000-0000-4000-8000-0000000000aa',
  visitorId: 'visitor-7D3F',
  name: null,
  email: null,
  phone: null,
  attributes: '{}',
  createdAt: '2026-01-01T12:00:00.000Z',
  updatedAt: '2026-01-01T12:00:00.000Z',
  erasedAt: null,
  revision: 0,
}
const somebody = {
  ...nobody,
  name: 'Zoë O’Neill-Łukasz',
  email: 'Zoe.ONeill+shop@Example.co.uk',
  phone: '+49 (0)30 / 123-456',
}

const finds = (search: string, row: ContactRow) => {
  const terms = termsOf(row)
  const wanted = wantedTerms(search)
  return wanted.length > 0 && wanted.every((word) => terms.some((term) => term.startsWith(word)))
}

describe('searching contacts', () => {
  it('finds by the beginning of any word, whatever its case and accents', () => {
    const good = [
      'zoe',
      'ZOË',
      'Zo',
      "o'neill",
      'oneill',
      'lukasz',
      'Ł',
      'zoe lukasz',
      'luk  Zo',
      'visitor-7d',
      'VISITOR',
    ]
    for (const search of good) assert.ok(finds(search, somebody), search)
    for (const search of ['oe', 'zoe smith', 'eill', 'isitor', '7d3f']) assert.ok(!finds(search, somebody), search)
  })

  it('finds by the e-mail address, and by what it ends with from any word on', () => {
    for (const search of ['zoe.oneill+shop@ex', 'ONEILL+SHOP@example', '@example.co', 'example.co.uk', 'shop']) {
      assert.ok(finds(search, somebody), search)
    }
    assert.ok(!finds('zoe@example', somebody))
  })

  it('finds a telephone number by its digits', () => {
    for (const search of ['+49 030', '0049 (0)30 12', '49030123456', '4903']) assert.ok(finds(search, somebody), search)
    assert.ok(!finds('123456', somebody))
    assert.ok(finds('visitor-7d3f', nobody))
  })

  it('searches for nothing where there is no word, and finds nobody who was erased', () => {
    for (const search of [' ', '---', '+', '@']) assert.deepEqual(wantedTerms(search), [])
    assert.deepEqual(termsOf({ ...somebody, erasedAt: somebody.createdAt }), [])
  })

  it('keeps terms to what an index takes', () => {
    const terms = termsOf({ ...nobody, name: `${'🙂'.repeat(150)} ${'ä '.repeat(200)}`, email: 'x'.repeat(254) })
    assert.ok(terms.length <= 50 && terms.every((term) => Buffer.byteLength(term) <= 400))
    assert.ok(finds('x'.repeat(200), { ...nobody, name: 'x'.repeat(200) }))
  })
})
