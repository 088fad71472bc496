import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Progress } from './progress.ts'

const at = (place: number) => ({ commit: BigInt(place), prepare: BigInt(place) })

/** Work that ends when it is told to. */
function task() {
  let end: (error?: Error) => void = () => undefined
  const done = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error))
  })
  return { work: () => done, end }
}

describe('the progress of reactions', () => {
  it('is settled up to the first event that is not done, whatever was done after it', async () => {
    const progress = new Progress(at(1))
    const [first, second, third] = [task(), task(), task()]
    await progress.begin(at(5), first.work)
    await progress.begin(at(7), second.work)
    progress.reach(at(9))
    await progress.begin(at(11), third.work)
    third.end()
    second.end()
    await setImmediate()
    assert.deepEqual([progress.settled, progress.reached], [at(1), at(11)])
    first.end()
    await setImmediate()
    assert.deepEqual(progress.settled, at(11))
  })

  it('moves over what is nobody’s affair, and never back', () => {
    const progress = new Progress(undefined)
    assert.equal(progress.settled, undefined)
    progress.reach(at(4))
    progress.reach(at(2))
    assert.deepEqual(progress.settled, at(4))
  })

  it('begins no more than some at a time', async () => {
    const progress = new Progress(undefined)
    const tasks = Array.from({ length: 33 }, task)
    let begun = 0
    const beginning = (async () => {
      for (const [place, { work }] of tasks.entries()) {
        await progress.begin(at(place), work)
        begun += 1
      }
    })()
    await setImmediate()
    assert.equal(begun, 32)
    tasks[7]?.end()
    await beginning
    assert.equal(begun, 33)
  })

  it('never settles what failed, and says that it did', async () => {
    const progress = new Progress(at(1))
    const { work, end } = task()
    await progress.begin(at(2), work)
    end(new Error('broken'))
    await assert.rejects(progress.failed, /broken/)
    progress.reach(at(8))
    assert.deepEqual(progress.settled, at(1))
  })
})
