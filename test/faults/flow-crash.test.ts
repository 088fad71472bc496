import assert from 'node:assert/strict'
import { crash } from './flows/crash.ts'

/** The short form; `make crash-flows` is the long one. */
describe('killing what flows rest on', function () {
  this.timeout(120_000)

  it('leaves each run to end as its simulation says, each step and message once, each webhook at least once', async () => {
    const lines: string[] = []
    const result = await crash({ runs: 36, kills: 5, workers: 2, together: 8, say: (line) => lines.push(line) })
    const { unended, wrong, deadLetters } = result
    const told = `${lines.join('\n')}\n${JSON.stringify(result, null, 2)}`
    assert.deepEqual({ unended, wrong, deadLetters }, { unended: 0, wrong: [], deadLetters: [] }, told)
    assert(result.steps > 36 * 5 && result.deliveries.owed > 36, told)
  })
})
