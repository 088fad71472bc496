import assert from 'node:assert/strict'
import {
  type AppendExpectedRevision,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import fc from 'fast-check'
import { noted, revisions, type TestBed, testBed } from './testing/client.ts'

/** What a stream should look like: its events' ids count as revisions; the first `hidden` were deleted softly. */
type Model = { length: number; hidden: number; deleted: boolean; tombstoned: boolean }
type Step =
  | { kind: 'append'; stream: number; expected: number; count: number }
  | { kind: 'delete' | 'tombstone' | 'read'; stream: number }

const SPECIAL = { [-4]: 'stream_exists', [-2]: 'any', [-1]: 'no_stream' } as const
const stream = fc.integer({ min: 0, max: 2 })
const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('append'),
        stream,
        expected: fc.integer({ min: -4, max: 6 }),
        count: fc.integer({ min: 0, max: 3 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete'), stream }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('tombstone'), stream }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('read'), stream }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 25 },
)

describe('whatever is done to streams', () => {
  let bed: TestBed
  let run = 0
  before(async () => {
    bed = await testBed()
  })
  after(() => bed.close())

  it('they look as a model says', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        run++
        const models = [0, 1, 2].map(() => ({ length: 0, hidden: 0, deleted: false, tombstoned: false }))
        for (const step of script) {
          const model = models[step.stream] as Model
          const name = `model-${run}-${step.stream}`
          assert.equal(await act(bed, name, step), expectation(model, step), JSON.stringify({ step, model }))
        }
        for (const [i, model] of models.entries()) {
          const step: Step = { kind: 'read', stream: i }
          assert.equal(await act(bed, `model-${run}-${i}`, step), expectation(model, step))
        }
      }),
      { numRuns: 60 },
    )
  }).timeout(30_000)
})

async function act({ client }: TestBed, name: string, step: Step): Promise<string> {
  try {
    switch (step.kind) {
      case 'append': {
        const events = Array.from({ length: step.count }, (_, n) => noted(n))
        const result = await client.appendToStream(name, events, { expectedRevision: revisionOf(step.expected) })
        return step.count === 0 ? 'nothing' : `at ${result.nextExpectedRevision}`
      }
      case 'delete':
        return (await client.deleteStream(name)).position ? 'done' : 'no position'
      case 'tombstone':
        return (await client.tombstoneStream(name)).position ? 'done' : 'no position'
      case 'read': {
        const seen = await revisions(client.readStream(name))
        const back = await revisions(client.readStream(name, { direction: 'backwards', fromRevision: 'end' }))
        assert.deepEqual(back, seen.toReversed())
        return `sees ${seen}`
      }
      default:
        return step satisfies never
    }
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) return 'wrong version'
    if (error instanceof StreamDeletedError) return 'deleted'
    if (error instanceof StreamNotFoundError) return 'not found'
    throw error
  }
}

function revisionOf(expected: number): AppendExpectedRevision {
  if (expected === -4 || expected === -2 || expected === -1) return SPECIAL[expected]
  return BigInt(Math.max(0, expected))
}

/** What a step should answer; changes the model accordingly. */
function expectation(model: Model, step: Step): string {
  if (model.tombstoned) return 'deleted'
  switch (step.kind) {
    case 'delete':
      model.hidden = model.length
      model.deleted = true
      return 'done'
    case 'tombstone':
      model.tombstoned = true
      return 'done'
    case 'read': {
      if (model.deleted || model.length === 0) return 'not found'
      return `sees ${Array.from({ length: model.length - model.hidden }, (_, i) => model.hidden + i)}`
    }
    case 'append':
      return expectedAppend(model, revisionOf(step.expected), step.count)
    default:
      return step satisfies never
  }
}

function expectedAppend(model: Model, expected: AppendExpectedRevision, count: number): string {
  if (expected === 'stream_exists') {
    if (model.deleted) return 'deleted'
    if (model.length === 0) return 'wrong version'
  }
  const startsAfresh = expected === 'no_stream' && (model.length === 0 || model.deleted)
  const exact = typeof expected === 'bigint' && Number(expected) === model.length - 1
  if (!(startsAfresh || exact || expected === 'any' || expected === 'stream_exists')) return 'wrong version'
  if (count === 0) return 'nothing'
  model.length += count
  model.deleted = false
  return `at ${model.length - 1}`
}
