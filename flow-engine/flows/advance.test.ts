import assert from 'node:assert/strict'
import type { ActiveRun, BegunRun, RunState } from '../domain/run/run.ts'
import { type Scene, unseen } from '../domain/scene/scene.ts'
import type { Stepped } from '../steps/step.ts'
import { action, ids } from '../testing/runs.ts'
import { type AdvanceTools, advance } from './advance.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const later = '2026-01-01T12:05:00.000Z'
const runId = ids.message(1)
const active: ActiveRun = {
  ...{ status: 'active', id: runId, workspaceId: ids.message(2), flowId: ids.message(3), version: 1 },
  ...{ conversationId: ids.message(4), sessionId: ids.message(5), contactId: ids.message(6), depth: 1 },
  ...{ startedAt: '2026-01-01T11:00:00Z', step: 3, nodeId: 'human', enteredId: ids.message(7), misses: 0 },
  ...{ variables: {}, lastReply: null, webhookStatus: null, revision: 9, doing: { kind: 'effect' } },
}
const next: ActiveRun = { ...active, step: 4, revision: 11 }
const { doing: _, ...facts } = active
const ended: BegunRun = { ...facts, status: 'ended', outcome: 'handed_over', why: 'misses', endedAt: later }
const asking: ActiveRun = { ...active, doing: { kind: 'reply', asked: 4, messageId: ids.message(8), until: later } }
const scene: Scene = { ...unseen, revision: 6, begun: true }
const heard = { eventId: ids.message(9), messageId: ids.message(10), revision: 5, at: '2026-01-01T11:59:00Z' }

interface Given {
  run: RunState
  /** As the step before left it. */
  known?: ActiveRun
  /** What is seen at each look; the last one again and again. */
  scenes?: Scene[]
  answer?: BegunRun
  stepped?: Stepped
  at?: number
}

/** Advances a run, and gives what command-api was told, beside what follows. */
async function advanced({ run, known, scenes = [scene], answer = next, stepped, at = now }: Given, act = true) {
  const told: string[] = []
  let looks = 0
  const tell = async (what: string): Promise<BegunRun> => {
    told.push(what)
    return answer
  }
  const tools: AdvanceTools = {
    streams: {
      run: async () => run,
      keep: () => undefined,
      scene: async () => scenes[Math.min(looks++, scenes.length - 1)] ?? scene,
      words: async () => ({ text: 'yes', value: null, contentType: 'text' }),
    },
    factsOf: async () => undefined,
    nodeOf: async () => action('human', { type: 'tag', tag: 'vip' }),
    perform: async (_, { key }) => {
      told.push(`do ${key.length > 0}`)
      return stepped ?? { result: { kind: 'done' } }
    },
    moves: {
      begin: () => tell('begin'),
      step: (_, { result }) => tell(`step ${result.kind}`),
      reply: (_, { revision }, { text }) => tell(`reply ${revision} ${text}`),
      timeOut: () => tell('timeout'),
      end: (_, { outcome, why }) => tell(`end ${outcome} ${why}`),
    },
    stepped: () => undefined,
    now: () => at,
  }
  const next = await advance(tools, { runId, conversationId: active.conversationId, run: known, act, isLast: false })
  return { told, next }
}

describe('advancing a run', () => {
  it('does the effect of its step, tells of it, and goes on with the next', async () => {
    assert.deepEqual(await advanced({ run: active }), {
      told: ['do true', 'step done'],
      next: { kind: 'step', run: next },
    })
  })

  it('does no effect where it is but to look', async () =>
    assert.deepEqual(await advanced({ run: active }, false), { told: [], next: { kind: 'rests' } }))

  it('takes the first reply, also when its time has passed meanwhile', async () => {
    const heardOne = { run: asking, scenes: [{ ...scene, heard: [heard] }], at: Date.parse(later) + 1 }
    const after = { kind: 'step', run: next, waited: 3 }
    assert.deepEqual(await advanced(heardOne), { told: ['reply 5 yes'], next: after })
  })

  it('waits until its time has passed', async () => {
    const waiting = { told: [], next: { kind: 'waits', step: 3, until: later } }
    const early = [{ ...scene, heard: [{ ...heard, revision: 4 }] }]
    assert.deepEqual(await advanced({ run: asking, scenes: early }), waiting)
    assert.deepEqual((await advanced({ run: asking, at: Date.parse(later) })).told, ['timeout'])
  })

  it('ends when somebody takes over, before it does anything', async () => {
    const over = { outcome: 'taken_over', why: 'agent' } as const
    const { told, next } = await advanced({ run: active, scenes: [{ ...scene, over }], answer: ended })
    assert.deepEqual({ told, next }, { told: ['end taken_over agent'], next: { kind: 'rests' } })
  })

  it('ends as what happened meanwhile says, where that is why its effect was refused', async () => {
    const over = { outcome: 'stopped', why: 'closed' } as const
    const stepped = { result: { kind: 'refused', why: 'conversation-closed' } } as const
    const { told } = await advanced({ run: active, scenes: [scene, { ...scene, over }], stepped })
    assert.deepEqual(told, ['do true', 'end stopped closed'])
  })

  it('tells the conversation of an end that it was never told of, and else nothing more', async () => {
    assert.deepEqual((await advanced({ run: ended })).told, ['end handed_over misses'])
    assert.deepEqual((await advanced({ run: ended, scenes: [{ ...scene, closed: true }] })).told, [])
  })

  it('reads again what it knows of the step before, once the conversation says that the run is over', async () => {
    const scenes = [{ ...scene, closed: true }]
    assert.deepEqual(await advanced({ run: ended, known: next, scenes }), { told: [], next: { kind: 'rests' } })
  })

  it('begins a run whose conversation names it, where it is to act', async () => {
    assert.deepEqual((await advanced({ run: { status: 'none' } })).told, ['begin', 'do true', 'step done'])
    assert.deepEqual((await advanced({ run: { status: 'none' } }, false)).told, [])
  })
})
