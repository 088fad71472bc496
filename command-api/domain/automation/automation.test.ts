import type { AutomationEvent, AutomationFacts } from '../../../schemas/automation/events.ts'
import type { AutomationOccasionCommand, AutomationOccasionEvent } from '../../../schemas/automation/occasion.ts'
import { given } from '../../testing/given.ts'
import { automation } from './automation.ts'
import { automationOccasion } from './occasion.ts'

const id = (n: number) => `10000000-0000-4000-8000-00000000000${n}`
const automationId = id(1)
const facts: AutomationFacts = {
  name: 'Late orders',
  trigger: 'message_received',
  match: 'all',
  conditions: [{ field: 'message.content', op: 'contains', value: 'late' }],
  actions: [{ type: 'tag', tag: 'late' }],
  active: true,
}
const created: AutomationEvent = { type: 'AutomationCreated', data: { automationId, ...facts } }
const deleted: AutomationEvent = { type: 'AutomationDeleted', data: { automationId } }
const updated = (changes: Partial<AutomationFacts>): AutomationEvent => ({
  type: 'AutomationUpdated',
  data: { automationId, changes },
})

describe('an automation', () => {
  it('is made once, and nowhere after it is deleted', () => {
    given(automation).when({ type: 'CreateAutomation', automationId, facts }).yields(created)
    given(automation, created).when({ type: 'CreateAutomation', automationId, facts }).refused('already-exists')
    given(automation, created).when({ type: 'DeleteAutomation' }).yields(deleted)
    given(automation, created, deleted).when({ type: 'ToggleAutomation' }).refused('not-found')
    given(automation)
      .when({ type: 'UpdateAutomation', changes: { active: false } })
      .refused('not-found')
  })

  it('records only what changes', () => {
    given(automation, created)
      .when({ type: 'UpdateAutomation', changes: { name: 'Late', actions: [...facts.actions] } })
      .yields(updated({ name: 'Late' }))
    given(automation, created)
      .when({ type: 'UpdateAutomation', changes: { name: 'Late orders' } })
      .yields()
  })

  it('is switched to the other side, or to the one that is asked for', () => {
    const off = updated({ active: false })
    given(automation, created).when({ type: 'ToggleAutomation' }).yields(off)
    given(automation, created, off)
      .when({ type: 'ToggleAutomation' })
      .yields(updated({ active: true }))
    given(automation, created, off).when({ type: 'ToggleAutomation', active: false }).yields()
  })
})

const about = { conversationId: id(3), trigger: 'message_received' as const, eventId: id(4), depth: 0 }
const fires = { runId: id(2), automationId, conditions: [true], revision: 0, actions: ['tag'] }
const skipped = { runId: id(5), automationId: id(6), conditions: [false], why: 'conditions' as const }
const judged: AutomationOccasionEvent = {
  type: 'AutomationsJudged',
  data: { occasionId: id(7), ...about, verdicts: [fires, skipped] },
}
const result = { actions: [{ type: 'tag', outcome: 'done' as const }], finishedAt: '2026-01-02T03:04:05.678Z' }
const carriedOut: AutomationOccasionEvent = {
  type: 'AutomationCarriedOut',
  data: { runId: fires.runId, automationId, ...result },
}

describe('what sets automations off', () => {
  const judge: AutomationOccasionCommand = {
    type: 'JudgeAutomations',
    occasionId: id(7),
    ...about,
    verdicts: [fires, skipped],
  }
  const otherwise = { ...judge, verdicts: [{ ...skipped, runId: fires.runId, automationId }] }
  const finish = (runId: string) => ({ type: 'CarryAutomationOut', runId, ...result }) as const

  it('is judged once, whatever is asked after', () => {
    given(automationOccasion).when(judge).yields(judged)
    given(automationOccasion, judged).when(otherwise).yields()
    given(automationOccasion, judged, carriedOut).when(otherwise).yields()
  })

  it('has the actions of each rule that fired carried out once, and of no other', () => {
    given(automationOccasion, judged).when(finish(fires.runId)).yields(carriedOut)
    given(automationOccasion, judged, carriedOut).when(finish(fires.runId)).yields()
    given(automationOccasion, judged).when(finish(skipped.runId)).refused('not-found')
    given(automationOccasion, judged)
      .when(finish(id(8)))
      .refused('not-found')
    given(automationOccasion).when(finish(fires.runId)).refused('not-found')
  })
})
