import type { FlowEvent } from '../../schemas/flow/events.ts'
import { flowDefaults } from '../../schemas/flow/events.ts'
import type { FlowRunEvent } from '../../schemas/flow-run/events.ts'
import { runOutcomes } from '../../schemas/flow-run/outcomes.ts'
import type { TemplateEvent } from '../../schemas/template/events.ts'
import { firstInstant, type History, uuid } from './history.ts'

export type RunStep = 'wait' | 'miss' | 'leave' | 'end'

export interface FlowPlot {
  /** What is done with the flow after it was made. */
  edits: readonly ('rename' | 'redraw' | 'activate' | 'deactivate' | 'delete')[]
  /** What happens in each of its runs. */
  runs: readonly (readonly RunStep[])[]
}

/** A message template, a flow that sends it, and runs of that flow, as their domains would let them happen. */
export function flowHistories(seed: string, { edits, runs }: FlowPlot): History[] {
  return [
    historyIn(`template-${uuid(seed, 'template')}`, templateEvents(seed)),
    historyIn(`flow-${uuid(seed, 'flow')}`, flowEvents(seed, edits)),
    ...runs.map((steps, index) => historyIn(`flowRun-${uuid(seed, 'run', index)}`, runEvents(seed, index, steps))),
  ]
}

function historyIn(stream: string, events: readonly (TemplateEvent | FlowEvent | FlowRunEvent)[]): History {
  // Some seconds from one event to the next, and past midnight after some of them.
  const at = (index: number) => new Date(firstInstant + index * index * 977_000).toISOString()
  const timed = events.map((event, index) => ({ event, at: at(index) }))
  return { stream, key: undefined, workspaceId: uuid('workspace', 0), events: timed }
}

function templateEvents(seed: string): TemplateEvent[] {
  const templateId = uuid(seed, 'template')
  const facts = {
    name: 'a "name", {so} to say',
    body: 'Hi {{contact.name}}',
    buttons: [{ label: '\\' }],
    whatsapp: null,
  }
  return [
    { type: 'TemplateCreated', data: { templateId, ...facts } },
    {
      type: 'TemplateUpdated',
      data: { templateId, changes: { whatsapp: { name: 'hi', language: 'en' }, buttons: [] } },
    },
    { type: 'TemplateDeleted', data: { templateId } },
  ]
}

function flowEvents(seed: string, edits: FlowPlot['edits']): FlowEvent[] {
  const flowId = uuid(seed, 'flow')
  const node = (n: number) => ({
    id: `node "${n}"`,
    type: 'template',
    data: { template_id: uuid(seed, 'template', n) },
  })
  const draft = { name: 'First', startTemplate: uuid(seed, 'template'), settings: flowDefaults }
  const events: FlowEvent[] = [
    { type: 'FlowCreated', data: { flowId, ...draft, flowData: { nodes: [node(0)], edges: [] } } },
  ]
  let version = 0
  for (const [index, edit] of edits.entries()) {
    if (edit === 'rename') events.push({ type: 'FlowUpdated', data: { flowId, changes: { name: `Name ${index}` } } })
    if (edit === 'redraw') {
      const edges = [{ id: 'e', source: 'a', target: 'b', label: null }]
      const flowData = { nodes: [node(index), node(index + 1)], edges }
      events.push({ type: 'FlowUpdated', data: { flowId, changes: { flowData, startTemplate: null } } })
    }
    // Every other time it is the same version again.
    if (edit === 'activate') {
      version += index % 2 === 0 || version === 0 ? 1 : 0
      events.push({ type: 'FlowActivated', data: { flowId, version } })
    }
    if (edit === 'deactivate') events.push({ type: 'FlowDeactivated', data: { flowId } })
    if (edit === 'delete') {
      events.push({ type: 'FlowDeleted', data: { flowId } })
      break
    }
  }
  return events
}

function runEvents(seed: string, index: number, steps: readonly RunStep[]): FlowRunEvent[] {
  const runId = uuid(seed, 'run', index)
  const about = {
    runId,
    flowId: uuid(seed, 'flow'),
    version: 1 + (index % 2),
    conversationId: uuid(seed, 'conversation'),
  }
  const who = { sessionId: uuid(seed, 'session'), contactId: uuid(seed, 'contact'), starterId: null, depth: 1 }
  const events: FlowRunEvent[] = [{ type: 'FlowRunStarted', data: { ...about, ...who, startedBy: 'api' } }]
  let step = 1
  const place = () => ({ runId, step, nodeId: `node ${step % 3}` })
  const enter = (again: boolean): FlowRunEvent => {
    return { type: 'FlowNodeEntered', data: { ...place(), nodeType: 'template', again } }
  }
  events.push(enter(false))
  for (const what of steps) {
    const messageId = uuid(seed, 'message', step)
    if (what === 'wait') {
      const until = new Date(firstInstant).toISOString()
      events.push({ type: 'FlowRunWaiting', data: { ...place(), for: 'reply', asked: 1, messageId, until } })
    }
    if (what === 'miss') {
      events.push({ type: 'FlowReplyMissed', data: { ...place(), messageId, misses: 1 } })
      step += 1
      events.push(enter(true))
    }
    if (what === 'leave') {
      const result = step % 2 === 0 ? ({ kind: 'refused', why: 'no agent' } as const) : ({ kind: 'done' } as const)
      events.push({ type: 'FlowNodeLeft', data: { ...place(), edgeId: `e${step}`, trigger: 'any', result, messageId } })
      step += 1
      events.push(enter(false))
    }
    if (what === 'end') {
      const outcome = runOutcomes[(index + step) % runOutcomes.length] ?? 'completed'
      events.push({ type: 'FlowRunEnded', data: { ...about, outcome, why: 'by-hand', steps: step } })
      break
    }
  }
  return events
}
