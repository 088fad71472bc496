import assert from 'node:assert/strict'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { createLogger } from '../../infra/runtime/logger.ts'
import type { Routed } from '../../schemas/assignment/resource.ts'
import { Assigner } from './assign.ts'

const here = '11111111-1111-4111-8111-111111111111'
const there = '22222222-2222-4222-8222-222222222222'
const elsewhere = '33333333-3333-4333-8333-333333333333'
const nothing: Routed = { mode: 'round_robin', assigned: [], released: [], waiting: false, again: false }

describe('waking the assignment of a workspace', () => {
  let calls: string[]
  let stopping: AbortController
  beforeEach(() => {
    calls = []
    stopping = new AbortController()
  })
  afterEach(() => stopping.abort())

  const assignerOf = (answer: (workspaceId: string, call: number) => Routed | Promise<Routed>) =>
    new Assigner({
      route: async (workspaceId) => answer(workspaceId, calls.push(workspaceId)),
      logger: createLogger({ logLevel: 'silent' }, 'test'),
      failed: () => undefined,
      signal: stopping.signal,
    })
  const called = (...expected: string[]) => eventually(() => assert.deepEqual([...calls].sort(), expected.sort()))

  it('is one call for many reasons, and one for each workspace', async () => {
    const assigner = assignerOf(() => nothing)
    for (let n = 0; n < 20; n++) for (const id of [here, there]) assigner.wake(id)
    await called(here, there)
  })

  it('calls again for what happened during a call, and while only the bound of a call ended it', async () => {
    const assigner = assignerOf((id, call) => {
      if (call === 1) assigner.wake(id)
      return { ...nothing, again: call === 2 }
    })
    assigner.wake(here)
    await called(here, here, here)
  })

  it('tries again after a failure, which holds no other workspace up', async () => {
    const assigner = assignerOf((id) => {
      if (id === here && calls.filter((one) => one === here).length < 3) throw new Error('away')
      return nothing
    })
    assigner.wake(here)
    assigner.wake(there)
    await called(here, here, here, there)
  })

  it('leaves a workspace alone that does not assign by itself, until its settings change', async () => {
    const assigner = assignerOf((id, call) => ({ ...nothing, mode: id === here && call === 1 ? 'off' : 'least_busy' }))
    assigner.wake(here)
    await called(here)
    // What is woken later is called later: so the answer about the first is in, and then it would have been called again.
    assigner.wake(there)
    await called(here, there)
    assigner.wake(here)
    assigner.wake(elsewhere)
    await called(here, there, elsewhere)
    assigner.reconsider(here)
    await called(here, there, elsewhere, here)
  })
})
