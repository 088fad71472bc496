import assert from 'node:assert/strict'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { historyOf, type Plot, uuid } from '../testing/history.ts'
import { recorded } from '../testing/recorded.ts'
import { dayOf, foldSession, type Measure, quarterOf, type SessionRow, type Sums } from './fold.ts'

type Steps = Plot['steps']
const minute = 60_000
const said = (by: 'visitor' | 'agent' | 'ai' | 'bot', afterMs: number): Steps[number] => ({
  afterMs,
  step: { do: 'message', by, words: 'x' },
})

/** The sums over all of a conversation. */
function sumsOf(steps: Steps, startedBy: 'visitor' | 'agent' = 'visitor'): Sums {
  const sums: Sums = {}
  for (const { by } of countedOf(steps, startedBy)) {
    for (const [name, n] of Object.entries(by) as [Measure, number][]) sums[name] = (sums[name] ?? 0) + n
  }
  return sums
}

function countedOf(steps: Steps, startedBy: 'visitor' | 'agent' = 'visitor') {
  let row: SessionRow | undefined
  return recorded(historyOf({ seed: 'fold', workspace: 0, startedBy, steps })).flatMap((event) => {
    const folded = foldSession(row, event as RecordedEach<ConversationEvent>)
    row = folded.row
    return folded.counted === undefined ? [] : [folded.counted]
  })
}

describe('what a session is measured by', () => {
  it('reply time runs from the earliest unanswered visitor message to the next human answer', () => {
    const sums = sumsOf([said('visitor', 0), said('visitor', minute), said('agent', minute), said('agent', minute)])
    assert.deepEqual([sums.replies, sums.replyMs], [1, 2 * minute])
  })

  it('bots and AI do not stop it', () => {
    const sums = sumsOf([said('visitor', 0), said('bot', 10), said('ai', 10), said('agent', minute)])
    assert.deepEqual([sums.replies, sums.replyMs], [1, minute + 20])
    assert.deepEqual([sums.botMessages, sums.aiMessages, sums.agentMessages, sums.visitorMessages], [1, 1, 1, 1])
  })

  it('they have a time of their own, where they come before any human', () => {
    const sums = sumsOf([said('bot', 0), said('visitor', 0), said('bot', 10), said('ai', 10), said('agent', 10)])
    assert.deepEqual([sums.automaticResponses, sums.automaticResponseMs], [1, 10])
    assert.equal(sumsOf([said('visitor', 0), said('agent', 10), said('ai', 10)]).automaticResponses, undefined)
  })

  it('the first response is the first human message after the first visitor message, once a session', () => {
    const sums = sumsOf([
      said('agent', 0),
      said('visitor', 0),
      said('agent', minute),
      said('visitor', 0),
      said('agent', 5),
    ])
    assert.deepEqual([sums.firstResponses, sums.firstResponseMs], [1, minute])
    assert.deepEqual([sums.replies, sums.replyMs], [2, minute + 5])
  })

  it('a hand-over to humans begins the wait for the first response, unless there was one', () => {
    const handOver: Steps[number] = { afterMs: minute, step: { do: 'handOver' } }
    const late = sumsOf([said('visitor', 0), said('bot', 0), handOver, said('visitor', minute), said('agent', minute)])
    assert.deepEqual([late.firstResponses, late.firstResponseMs, late.replyMs], [1, 2 * minute, 3 * minute])
    const silent = sumsOf([said('bot', 0), handOver, said('agent', 5)])
    assert.deepEqual([silent.firstResponses, silent.firstResponseMs, silent.replies], [1, 5, undefined])
    const answered = sumsOf([said('visitor', 0), said('agent', 5), handOver, said('agent', 5)])
    assert.deepEqual([answered.firstResponses, answered.firstResponseMs], [1, 5])
  })

  it('a session that an agent began has no first response', () => {
    const sums = sumsOf([said('visitor', 0), said('agent', minute)], 'agent')
    assert.deepEqual([sums.firstResponses, sums.replies], [undefined, 1])
  })

  it('a reopening begins a new session, with a duration of its own', () => {
    const close: Steps[number] = { afterMs: minute, step: { do: 'close' } }
    const sums = sumsOf([said('visitor', minute), close, said('visitor', 60 * minute), said('agent', minute), close])
    assert.deepEqual([sums.opened, sums.resolved, sums.durationMs], [2, 2, 4 * minute])
    assert.deepEqual([sums.replies, sums.replyMs], [1, minute])
  })

  it('no duration is below zero, though an import may state any time', () => {
    const history = historyOf({
      seed: 'past',
      workspace: 0,
      startedBy: 'visitor',
      steps: [{ afterMs: 0, step: { do: 'close' } }],
    })
    const [start, close] = recorded(history) as RecordedEach<ConversationEvent>[]
    assert.ok(start !== undefined && close?.type === 'ConversationClosed')
    const early = { ...close, data: { ...close.data, occurredAt: '2020-01-01T00:00:00Z' } }
    const { counted } = foldSession(foldSession(undefined, start).row, early)
    const by = { resolved: 1, durationMs: 0 }
    assert.deepEqual(counted, { at: '2020-01-01T00:00:00.000Z', by, agentId: null, tags: [] })
  })

  it('a resolution and a rating are of the agent who had the session at its end, with the tags that it bore', () => {
    const at = (step: Steps[number]['step']): Steps[number] => ({ afterMs: 0, step })
    const [resolved, rated] = countedOf([
      at({ do: 'tag', tag: 'vip' }),
      at({ do: 'tag', tag: 'billing' }),
      at({ do: 'untag', tag: 'vip' }),
      at({ do: 'unassign' }),
      at({ do: 'assign' }),
      at({ do: 'close' }),
      at({ do: 'tag', tag: 'late' }),
      at({ do: 'rate' }),
    ]).slice(1)
    const agentId = uuid('agent', 4 % 3)
    assert.deepEqual([resolved?.by, resolved?.agentId], [{ resolved: 1, durationMs: 0 }, agentId])
    assert.deepEqual([resolved?.tags, rated?.tags], [['billing'], []])
    assert.deepEqual([rated?.by, rated?.agentId], [{ rated3: 1 }, agentId])
  })

  it('an event is refused when its conversation never started', () => {
    const [, close] = recorded(
      historyOf({ seed: 'x', workspace: 0, startedBy: 'visitor', steps: [{ afterMs: 0, step: { do: 'close' } }] }),
    )
    assert.throws(() => foldSession(undefined, close as RecordedEach<ConversationEvent>), /never started/)
  })

  it('quarters begin at :00, :15, :30 and :45, days at midnight UTC', () => {
    const begins = (at: string) => new Date(quarterOf(at) * 900_000).toISOString()
    assert.equal(begins('2026-01-01T10:29:59.999Z'), '2026-01-01T10:15:00.000Z')
    assert.equal(begins('1969-12-31T23:59:59.999Z'), '1969-12-31T23:45:00.000Z')
    assert.deepEqual([dayOf(quarterOf('1970-01-01T23:59:59.999Z')), dayOf(-1)], [0, -1])
  })
})
