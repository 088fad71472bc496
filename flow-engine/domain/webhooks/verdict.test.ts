import assert from 'node:assert/strict'
import { type Tried, verdictOf } from './verdict.ts'

const rule = { attempts: 4, retryMs: 1000 }
const answer = (status: number, retryAfterMs = 0): Tried => ({ kind: 'answer', status, retryAfterMs })
const outcomeOf = (tried: Tried, tries: number, chance = 0.5) => {
  const verdict = verdictOf(tried, tries, rule, chance)
  return verdict.kind === 'retry' ? verdict.delayMs : verdict.kind
}

describe('what follows of a try to deliver', () => {
  it('is taken by any 2xx, and by nothing else', () => {
    for (const status of [200, 201, 204, 299]) assert.equal(outcomeOf(answer(status), 1), 'delivered')
    for (const status of [301, 302, 400, 404, 429, 500, 503]) assert.equal(outcomeOf(answer(status), 1), 1000)
  })

  it('is tried ever more seldom, not all at the same time, and then given up', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((tries) => outcomeOf(answer(500), tries)),
      [1000, 2000, 4000, 'dead'],
    )
    assert.deepEqual(
      [0, 1].map((chance) => outcomeOf(answer(500), 2, chance)),
      [1000, 3000],
    )
    assert.equal(verdictOf(answer(500), 40, { attempts: 100, retryMs: 1000 }, 1).kind, 'retry')
  })

  it('heeds Retry-After, up to an hour', () => {
    assert.deepEqual(
      [outcomeOf(answer(429, 9000), 1), outcomeOf(answer(429, 10), 1), outcomeOf(answer(429, 9e9), 1)],
      [9000, 1000, 3_600_000],
    )
  })

  it('is the end of the webhook where it answers 410', () => {
    assert.equal(outcomeOf(answer(410), 1), 'gone')
  })

  it('is given up at once where it may not be sent, and tried again where nobody answers', () => {
    assert.equal(outcomeOf({ kind: 'failure', refused: true, why: 'private' }, 1), 'dead')
    assert.equal(outcomeOf({ kind: 'failure', refused: false, why: 'late' }, 1), 1000)
  })

  it('says that redirects are not followed', () => {
    const verdict = verdictOf(answer(302), 1, rule, 0)
    assert.match(verdict.kind === 'retry' ? verdict.why : '', /redirects are not followed/)
  })
})
