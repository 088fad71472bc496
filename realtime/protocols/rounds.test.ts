import assert from 'node:assert/strict'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { Rounds } from './rounds.ts'

describe('rounds', () => {
  it('visit each equally often, and nobody who has left', async () => {
    const visits = new Map<string, number>()
    const rounds = new Rounds<string>(300, (name) => void visits.set(name, of(name) + 1))
    const of = (name: string) => visits.get(name) ?? 0
    for (const name of ['a', 'b', 'c', 'd', 'e']) rounds.add(name)
    try {
      await eventually(() => assert.ok(of('e') > 1))
      const counts = [...visits.values()]
      assert.equal(visits.size, 5)
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `visited ${counts}`)

      rounds.delete('b')
      const before = of('b')
      const later = of('e') + 2
      await eventually(() => assert.ok(of('e') >= later))
      assert.equal(of('b'), before)
    } finally {
      rounds.stop()
    }
  })
})
