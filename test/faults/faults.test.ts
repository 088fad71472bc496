import assert from 'node:assert/strict'
import { faultsOf, trial } from './trial.ts'

/** The short form; `make test-faults KILLS=50` is the long one. */
describe('killing and freezing any process at any moment', function () {
  this.timeout(240_000)

  it('loses, doubles and reorders nothing that was acknowledged', async () => {
    const lines: string[] = []
    const result = await trial({ kills: 16, round: 60, say: (line) => lines.push(line) })
    const told = `${lines.join('\n')}\n${JSON.stringify(result, null, 2)}`
    assert(result.acknowledged.messages > 0 && result.sockets.frames > 0 && result.sockets.reconnects > 0, told)
    assert(result.folds.compared > 0, told)
    assert.deepEqual(faultsOf(result), [], told)
  })
})
