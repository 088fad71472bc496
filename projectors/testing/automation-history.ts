import type { AutomationEvent, AutomationRunEvent } from '../../schemas/automation/events.ts'
import { firstInstant, type History, uuid } from './history.ts'

export interface AutomationPlot {
  /** What is done with the rule after it was made. */
  edits: readonly ('rename' | 'quieten' | 'redirect' | 'toggle' | 'delete')[]
  /** How far each of its runs comes. */
  runs: readonly ('skipped' | 'fired' | 'done' | 'refused')[]
}

/** A rule and its runs, as their domains would let them happen. */
export function automationHistories(seed: string, { edits, runs }: AutomationPlot): History[] {
  return [
    historyIn(`automation-${uuid(seed, 'automation')}`, automationEvents(seed, edits)),
    ...runs.map((end, index) => historyIn(`automationRun-${uuid(seed, 'run', index)}`, runEvents(seed, index, end))),
  ]
}

function historyIn(stream: string, events: readonly (AutomationEvent | AutomationRunEvent)[]): History {
  const at = (index: number) => new Date(firstInstant + index * 977_000).toISOString()
  const timed = events.map((event, index) => ({ event, at: at(index) }))
  return { stream, key: undefined, workspaceId: uuid('workspace', 0), events: timed }
}

const tag = { type: 'tag', tag: 'a "b", {c}\\' } as const

function automationEvents(seed: string, edits: AutomationPlot['edits']): AutomationEvent[] {
  const automationId = uuid(seed, 'automation')
  const conditions = [{ field: 'contact.name', op: 'in' as const, value: ['a', 'b'] }]
  const facts = { name: 'First', trigger: 'message_received', match: 'all', active: true } as const
  const events: AutomationEvent[] = [
    { type: 'AutomationCreated', data: { automationId, ...facts, senders: ['bot'], conditions, actions: [tag] } },
  ]
  const change = (changes: Extract<AutomationEvent, { type: 'AutomationUpdated' }>['data']['changes']) =>
    events.push({ type: 'AutomationUpdated', data: { automationId, changes } })
  for (const [index, edit] of edits.entries()) {
    if (edit === 'rename') change({ name: `Name ${index}` })
    if (edit === 'quieten') change({ trigger: 'no_reply', minutes: index + 1 })
    if (edit === 'redirect') change({ senders: ['visitor', 'agent'], conditions: [], actions: [tag, tag] })
    if (edit === 'toggle') change({ active: index % 2 === 0 })
    if (edit === 'delete') {
      events.push({ type: 'AutomationDeleted', data: { automationId } })
      break
    }
  }
  return events
}

function runEvents(seed: string, index: number, end: AutomationPlot['runs'][number]): AutomationRunEvent[] {
  const runId = uuid(seed, 'run', index)
  const automationId = uuid(seed, 'automation')
  const about = {
    runId,
    automationId,
    conversationId: uuid(seed, 'conversation'),
    trigger: index % 2 === 0 ? ('message_received' as const) : ('no_reply' as const),
    eventId: uuid(seed, 'event', index),
    depth: index,
    conditions: [true, false],
  }
  if (end === 'skipped') return [{ type: 'AutomationSkipped', data: { ...about, why: 'conditions' } }]
  const fired: AutomationRunEvent = { type: 'AutomationFired', data: { ...about, actions: [tag] } }
  if (end === 'fired') return [fired]
  const result = end === 'done' ? { outcome: end } : { outcome: end, why: 'not-found' }
  const finishedAt = new Date(firstInstant).toISOString()
  const actions = [{ type: 'tag', ...result }]
  return [fired, { type: 'AutomationFinished', data: { runId, automationId, actions, finishedAt } }]
}
