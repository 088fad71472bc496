import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AssignmentSituation } from '../../../schemas/assignment/resource.ts'
import type { AutoAssignment } from '../../../schemas/workspace/settings.ts'
import { after, type Choice, choose, lineUp } from './choose.ts'

type Situation = Pick<AssignmentSituation, 'waiting' | 'agents'>

const noon = (minute: number) => `2026-01-01T12:${String(minute).padStart(2, '0')}:00.000Z`
const agent = (id: string, load = 0, assignedAt: string | null = null, available = true) => ({
  id,
  available,
  load,
  assignedAt,
})
const waiting = (...ids: string[]) => ids.map((id, minute) => ({ id, openedAt: noon(minute) }))

/** All that is assigned until nobody waits or nobody is free; `gone` are found closed or taken when they are assigned. */
function assignedBy(rule: AutoAssignment, situation: Situation, gone: readonly string[] = []): Choice[] {
  const assigned: Choice[] = []
  let line = lineUp(situation)
  for (let choice = choose(rule, line); choice !== undefined; choice = choose(rule, line)) {
    const taken = !gone.includes(choice.conversationId)
    if (taken) assigned.push(choice)
    line = after(line, choice, taken)
  }
  return assigned
}

const byAgent = (choices: readonly Choice[]) => choices.map(({ conversationId, agentId }) => conversationId + agentId)

describe('choosing who gets what waits', () => {
  const roundRobin: AutoAssignment = { mode: 'round_robin', capacity: null }
  const leastBusy: AutoAssignment = { mode: 'least_busy', capacity: null }

  it('by turn: who was assigned longest ago, or never, is next', () => {
    const agents = [agent('a', 0, noon(30)), agent('b', 9, noon(10)), agent('c', 5)]
    const choices = assignedBy(roundRobin, { waiting: waiting('1', '2', '3', '4'), agents })
    assert.deepEqual(byAgent(choices), ['1c', '2b', '3a', '4c'])
  })

  it('to the least busy, and of these by turn', () => {
    const agents = [agent('a', 2, noon(1)), agent('b', 1, noon(30)), agent('c', 1, noon(10))]
    const choices = assignedBy(leastBusy, { waiting: waiting('1', '2', '3'), agents })
    assert.deepEqual(byAgent(choices), ['1c', '2b', '3a'])
  })

  it('oldest first, also when they are not given in that order, and ties by id', () => {
    const agents = [agent('b'), agent('a')]
    const situation = { waiting: [...waiting('1', '2')].reverse(), agents }
    assert.deepEqual(byAgent(assignedBy(roundRobin, situation)), ['1a', '2b'])
  })

  it('to nobody above the capacity', () => {
    const agents = [agent('a', 2), agent('b', 1), agent('c', 7)]
    const choices = assignedBy({ mode: 'round_robin', capacity: 2 }, { waiting: waiting('1', '2'), agents })
    assert.deepEqual(byAgent(choices), ['1b'])
  })

  it('to nobody who is not available, and to nobody at all where it is off', () => {
    const situation = { waiting: waiting('1'), agents: [agent('a', 0, null, false)] }
    assert.deepEqual(assignedBy(leastBusy, situation), [])
    assert.deepEqual(assignedBy({ mode: 'off', capacity: null }, { ...situation, agents: [agent('a')] }), [])
  })

  it('passes over what was closed or taken meanwhile, which costs nobody a turn', () => {
    const choices = assignedBy(roundRobin, { waiting: waiting('1', '2'), agents: [agent('a'), agent('b')] }, ['1'])
    assert.deepEqual(byAgent(choices), ['2a'])
  })

  const time = fc.integer({ min: 0, max: 20 }).map(noon)
  const situations = fc.record({
    waiting: fc.uniqueArray(fc.record({ id: fc.nat(99).map(String), openedAt: time }), {
      selector: ({ id }) => id,
      maxLength: 30,
    }),
    agents: fc.uniqueArray(
      fc.record({
        id: fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e'),
        available: fc.boolean(),
        load: fc.nat(5),
        assignedAt: fc.option(time),
      }),
      { selector: ({ id }) => id },
    ),
  })
  const rules = fc.record({
    mode: fc.constantFrom('round_robin' as const, 'least_busy' as const),
    capacity: fc.option(fc.integer({ min: 1, max: 4 })),
  })

  it('never fills anybody above the capacity, nor gives to who is away, and stops only when nobody waits or is free', () =>
    fc.assert(
      fc.property(rules, situations, (rule, situation) => {
        const choices = assignedBy(rule, situation)
        const loads = new Map(situation.agents.map(({ id, load }) => [id, load]))
        for (const { agentId } of choices) {
          assert(situation.agents.some(({ id, available }) => id === agentId && available))
          const load = (loads.get(agentId) ?? 0) + 1
          assert(rule.capacity === null || load <= rule.capacity)
          loads.set(agentId, load)
        }
        const free = situation.agents.filter(
          ({ id, available }) => available && (rule.capacity === null || (loads.get(id) ?? 0) < rule.capacity),
        )
        assert(choices.length === situation.waiting.length || free.length === 0)
      }),
    ))

  it('assigns the oldest, each once, whatever is found gone meanwhile', () =>
    fc.assert(
      fc.property(rules, situations, fc.func(fc.boolean()), (rule, situation, isGone) => {
        const gone = situation.waiting.map(({ id }) => id).filter((id) => isGone(id))
        const order = lineUp(situation).waiting.filter(({ id }) => !gone.includes(id))
        const choices = assignedBy(rule, situation, gone).map(({ conversationId }) => conversationId)
        assert.deepEqual(
          choices,
          order.slice(0, choices.length).map(({ id }) => id),
        )
        for (const [n, { openedAt }] of order.entries()) assert(n === 0 || (order[n - 1]?.openedAt ?? '') <= openedAt)
      }),
    ))

  it('by turn gives nobody a second before every other who is free has had a first', () =>
    fc.assert(
      fc.property(situations, (situation) => {
        const agents = situation.agents.filter(({ available }) => available).length
        const choices = assignedBy(roundRobin, situation).map(({ agentId }) => agentId)
        for (let n = 0; n + agents <= choices.length; n++) {
          assert.equal(new Set(choices.slice(n, n + agents)).size, agents)
        }
      }),
    ))
})
