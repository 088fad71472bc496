import assert from 'node:assert/strict'
import { Departures } from './departures.ts'

describe('a stateful connection that is no more', () => {
  const asked = (departures: Departures) => Array.from({ length: 6 }, () => departures.refuses('id'))

  it('is refused to the client who ended it, who otherwise would leave that WebSocket behind', () => {
    const departures = new Departures()
    departures.note('id', true)
    assert.deepEqual(asked(departures), [true, false, false, false, true, true])
  })

  it('turns others away for some times, so that what they have meanwhile is kept', () => {
    const departures = new Departures()
    assert.equal(departures.knows('id'), false)
    assert.deepEqual(asked(departures), [false, false, false, true, true, true])
    assert.equal(departures.knows('id'), true)
  })
})
