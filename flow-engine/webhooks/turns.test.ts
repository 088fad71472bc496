import assert from 'node:assert/strict'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { inTurns } from './turns.ts'

const lane = (webhookId: string, stream: string | number) => ({ webhookId, stream: `conversation-${stream}` })

describe('webhooks take turns', () => {
  it('so that one that hangs has its share and no more, and gets everything in the end', async () => {
    const done: string[] = []
    const held: (() => void)[] = []
    const take = inTurns({
      each: 2,
      most: 100,
      async work({ webhookId, stream }) {
        if (webhookId === 'slow') await new Promise<void>((resolve) => held.push(resolve))
        done.push(`${webhookId} ${stream}`)
      },
    })
    const slow = Array.from({ length: 5 }, (_, index) => take(lane('slow', index)))
    // Whoever is beyond the share is let go at once, and may do something else.
    await Promise.all(slow.slice(2))
    await take(lane('quick', 1))
    assert.deepEqual(done, ['quick conversation-1'])
    for (let freed = 0; freed < 5; freed++) {
      await eventually(() => assert.ok(held.length > 0 && held.length <= 2))
      held.shift()?.()
    }
    await Promise.all(slow)
    assert.equal(new Set(done).size, 6)
  })

  it('and work a lane once that was rung for several times while it waited; no more wait than may', async () => {
    let worked = 0
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const take = inTurns({
      each: 1,
      most: 2,
      async work() {
        worked += 1
        await gate
      },
    })
    const running = take(lane('a', 0))
    await Promise.all(['x', 'x', 'x', 'y', 'z'].map((stream) => take(lane('a', stream))))
    go()
    await running
    assert.equal(worked, 3)
  })
})
