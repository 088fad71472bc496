import assert from 'node:assert/strict'
import { Between } from './between.ts'

const at = (place: number) => ({ commit: BigInt(place), prepare: BigInt(place) })
const run = (id: string) => ({ id, conversationId: 'c', until: null, at: '2026-01-01T12:00:00Z' })

describe('what runs are between two streams', () => {
  it('holds up what is settled, for those who were there and for a minute', () => {
    let now = 0
    const progress = { settled: at(1) }
    const between = new Between(() => now)
    const held = between.settled(progress)
    const look = () => Number(held.settled?.commit)
    assert.equal(look(), 1)
    between.enter(run('a'))
    progress.settled = at(5)
    assert.deepEqual([look(), look()], [1, 1])
    between.enter(run('b'))
    progress.settled = at(7)
    between.leave('a')
    assert.deepEqual([look(), look()], [5, 5])
    now = 60_000
    assert.equal(look(), 7)
    assert.deepEqual(between.runs(), [run('b')])
  })
})
