import assert from 'node:assert/strict'
import fc from 'fast-check'
import { wordsOf } from './fold.ts'

const here = '10000000-0000-4000-8000-000000000001'
const there = '20000000-0000-4000-8000-000000000002'
const sorted = (words: readonly number[]) => [...words].sort((a, b) => a - b)

describe('the words of a text', () => {
  it('are alike whatever the case, accents, apostrophes, order and how often they come', () => {
    const words = sorted(wordsOf(here, "Zoë can't pay 42, can't she?"))
    assert.equal(words.length, 5)
    assert.deepEqual(sorted(wordsOf(here, 'SHE zoe—CANT…42 pay')), words)
    assert.deepEqual(wordsOf(here, 'ﬁne'), wordsOf(here, 'fine'))
  })

  it('are others in another workspace', () => {
    const text = 'one two three'
    assert.ok(wordsOf(here, text).every((word) => !wordsOf(there, text).includes(word)))
  })

  it('are none of an empty text, of marks, and of an erased contact', () => {
    for (const text of ['', ' ', '-- _ ?!', '🙂', '[erased]']) assert.deepEqual(wordsOf(here, text), [], text)
    assert.equal(wordsOf(here, 'it was [erased]').length, 3)
  })

  it('are the same by the short way for ASCII and by the long one', () => {
    const [accented] = wordsOf(here, 'é')
    const ascii = fc.string({ unit: fc.constantFrom(...'abzAZ09 \'`"-_.,/@\n\t~\0'), maxLength: 60 })
    fc.assert(
      fc.property(ascii, (text) => {
        const short = wordsOf(here, text).filter((word) => word !== accented)
        const long = wordsOf(here, `${text} é`).filter((word) => word !== accented)
        assert.deepEqual(sorted(short), sorted(long))
      }),
    )
  })

  it('fit 32 bits, and hardly ever fall together', () => {
    const words = Array.from({ length: 20_000 }, (_, n) => wordsOf(here, `w${n}`)[0] ?? 0)
    assert.ok(words.every((word) => Number.isInteger(word) && word >= -(2 ** 31) && word < 2 ** 31))
    assert.equal(new Set(words).size, words.length)
  })
})
