import type { AutomationEvent, AutomationRunEvent } from '../../schemas/automation/events.ts'
import type { AutomationOccasionEvent, Verdict } from '../../schemas/automation/occasion.ts'
import { firstInstant, type History, uuid } from './history.ts'

export interface AutomationPlot {
  /** What is done with the rule after it was made. */
  edits: readonly ('rename' | 'quieten' | 'redirect' | 'toggle' | 'delete')[]
  /** How far each of its runs came, as they were recorded once. */
  runs: readonly End[]
  /** How far each rule's run comes that was set off together with others. */
  occasions: readonly (readonly End[])[]
}

type End = 'skipped' | 'fired' | 'done' | 'refused'

/** A rule and its runs, as their domains would let them happen. */
export function automationHistories(seed: string, { edits, runs, occasions }: AutomationPlot): History[] {
  return [
    historyIn(`automation-${uuid(seed, 'automation')}`, automationEvents(seed, edits)),
    ...runs.map((end, index) => historyIn(`automationRun-${uuid(seed, 'run', index)}`, runEvents(seed, index, end))),
    ...occasions.map((ends, index) =>
      historyIn(`automationOccasion-${uuid(seed, 'occasion', index)}`, occasionEvents(seed, index, ends)),
    ),
  ]
}

function historyIn(
  stream: string,
  events: readonly (AutomationEvent | AutomationRunEvent | AutomationOccasionEvent)[],
): History {
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

function runEvents(seed: string, index: number, end: End): AutomationRunEvent[] {
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
  return [fired, { type: 'AutomationFinished', data: { runId, automationId, ...resultOf(end) } }]
}

function resultOf(outcome: 'done' | 'refused') {
  const actions = [{ type: 'tag', outcome, ...(outcome === 'done' ? {} : { why: 'not-found' }) }]
  return { actions, finishedAt: new Date(firstInstant).toISOString() }
}

function occasionEvents(seed: string, index: number, ends: readonly End[]): AutomationOccasionEvent[] {
  const occasionId = uuid(seed, 'occasion', index)
  const named = (n: number) => ({ runId: uuid(occasionId, 'run', n), automationId: uuid(seed, 'automation', n) })
  const verdicts = ends.map((end, n): Verdict => {
    const judged = { ...named(n), conditions: [end !== 'skipped', true] }
    return end === 'skipped' ? { ...judged, why: 'conditions' } : { ...judged, revision: n, actions: ['tag'] }
  })
  const about = { conversationId: uuid(seed, 'conversation'), eventId: uuid(seed, 'event', index), depth: index }
  return [
    { type: 'AutomationsJudged', data: { occasionId, ...about, trigger: 'message_received', verdicts } },
    ...ends.flatMap((end, n): AutomationOccasionEvent[] =>
      end === 'skipped' || end === 'fired'
        ? []
        : [{ type: 'AutomationCarriedOut', data: { ...named(n), ...resultOf(end) } }],
    ),
  ]
}
