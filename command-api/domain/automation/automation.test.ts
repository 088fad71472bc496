import type { AutomationEvent, AutomationFacts, AutomationRunEvent } from '../../../schemas/automation/events.ts'
import { given } from '../../testing/given.ts'
import { automation } from './automation.ts'
import { automationRun } from './automation-run.ts'

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

const about = {
  runId: id(2),
  automationId,
  conversationId: id(3),
  trigger: 'message_received' as const,
  eventId: id(4),
  depth: 0,
  conditions: [true],
}
const fired: AutomationRunEvent = { type: 'AutomationFired', data: { ...about, actions: facts.actions } }
const skipped: AutomationRunEvent = { type: 'AutomationSkipped', data: { ...about, why: 'conditions' } }
const result = [{ type: 'tag', outcome: 'done' as const }]
const finishedAt = '2026-01-02T03:04:05.678Z'
const finished: AutomationRunEvent = {
  type: 'AutomationFinished',
  data: { runId: about.runId, automationId, actions: result, finishedAt },
}

describe('a run of an automation', () => {
  const fire = { type: 'FireAutomation', ...about, actions: facts.actions } as const
  const skip = { type: 'SkipAutomation', ...about, why: 'conditions' } as const
  const finish = { type: 'FinishAutomation', runId: about.runId, actions: result, finishedAt } as const

  it('is decided once, whatever is asked after', () => {
    given(automationRun).when(fire).yields(fired)
    given(automationRun).when(skip).yields(skipped)
    for (const command of [fire, skip]) {
      given(automationRun, fired).when(command).yields()
      given(automationRun, skipped).when(command).yields()
      given(automationRun, fired, finished).when(command).yields()
    }
  })

  it('ends once, if it fired', () => {
    given(automationRun, fired).when(finish).yields(finished)
    given(automationRun, fired, finished).when(finish).yields()
    given(automationRun, skipped).when(finish).yields()
    given(automationRun).when(finish).refused('not-found')
  })
})
