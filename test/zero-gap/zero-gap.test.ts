import assert from 'node:assert/strict'
import { trial } from './trial.ts'

/** The short form; `make test-zero-gap` is the long one. */
describe('clients of every protocol whose connections break and whose servers are killed', function () {
  this.timeout(180_000)

  it('are told all that happens in their conversations once and in order', async () => {
    const lines: string[] = []
    const seed = Math.floor(Math.random() * 2 ** 31)
    const short = { rooms: 10, instances: 2, messages: 600, cuts: 60, kills: 2, rhythmMs: 60 }
    const result = await trial({ ...short, seed, say: (line) => lines.push(line) })
    const told = `${lines.join('\n')}\n${JSON.stringify(result, null, 2)}`
    assert.ok(result.connections > result.clients + short.cuts / 2, told)
    assert.deepEqual(result.wrong, [], told)
  })
})
