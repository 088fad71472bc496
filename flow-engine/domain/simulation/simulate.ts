import type { FlowSettings } from '../../../schemas/flow/events.ts'
import type { Graph, GraphNode } from '../../../schemas/flow/graph.ts'
import type { FlowRunCommand, Walk } from '../../../schemas/flow-run/commands.ts'
import type { FlowRunEvent } from '../../../schemas/flow-run/events.ts'
import type { Simulation } from '../../../schemas/flow-run/resource.ts'
import type { TemplateFacts } from '../../../schemas/template/events.ts'
import { holds } from '../conditions/evaluate.ts'
import type { Facts } from '../facts.ts'
import { decide } from '../run/decide.ts'
import { type ActiveRun, evolve, type RunState, unbegun } from '../run/run.ts'
import { pretend } from './pretend.ts'
import { say } from './say.ts'

/** What a flow is tried on. */
export interface Script {
  graph: Graph
  settings: FlowSettings
  /** null: the draft. */
  version: number | null
  /** By id; one that is missing cannot be sent. */
  templates: ReadonlyMap<string, Pick<TemplateFacts, 'body' | 'buttons'>>
  /** What the visitor would answer, one after the other. */
  replies: readonly string[]
  /** How the conversation stands before. */
  facts: Facts
  /** ISO 8601 UTC. */
  now: string
}

/** Any uuid will do where nothing is stored. */
const nobody = '00000000-0000-4000-8000-000000000000'

/** Walks through a flow by the rules of a real run, with effects that are only told. */
export function simulate({ graph, settings, version, templates, replies, facts: before, now }: Script): Simulation {
  const transcript: Simulation['transcript'] = []
  const path: Simulation['path'] = []
  let state: RunState = unbegun
  let facts = before
  let walk: Walk = { graph, settings, now }
  let heard = 0
  let misses = 0
  /** The node that was entered and not left. */
  let present: string | undefined
  /** As the conversation's stream would count. */
  let revision = 0
  let happenings = 0

  const tell = (command: FlowRunCommand): void => {
    for (const event of decide(state, command)) {
      const at = { id: nobody, revision: happenings, workspaceId: nobody, at: walk.now, actor, commandId: nobody }
      happenings += 1
      state = evolve(state, event, at)
      note(event)
    }
  }
  const note = (event: FlowRunEvent): void => {
    if (event.type === 'FlowReplyMissed') misses += 1
    if (event.type === 'FlowNodeEntered') present = event.data.nodeId
    if (event.type === 'FlowNodeLeft') {
      const { nodeId: node, edgeId: edge, trigger } = event.data
      path.push({ node, edge, trigger })
      present = undefined
    }
  }

  const ids = { runId: nobody, flowId: nobody, conversationId: nobody, sessionId: nobody, contactId: nobody }
  tell({ type: 'StartRun', ...ids, version: version ?? 1, startedBy: 'api', starterId: null, depth: 1, ...walk })
  for (let run = active(state); run !== undefined; run = active(state)) {
    const { step, doing } = run
    if (doing.kind === 'time') {
      walk = { ...walk, now: doing.until }
      const node = graph.nodes.get(run.nodeId)
      if (node?.type === 'action') transcript.push(...pretend(node, facts).lines)
      tell({ type: 'TimeOutRun', step, ...walk })
      continue
    }
    if (doing.kind === 'effect') {
      revision += 1
      const node = graph.nodes.get(run.nodeId)
      if (node === undefined) break
      const done = effectOf(node, facts, templates, revision)
      facts = done.facts
      transcript.push(...done.lines)
      tell({ type: 'CompleteStep', step, result: done.result, variable: done.variable, ...walk })
      continue
    }
    const text = replies[heard]
    if (text === undefined) break
    heard += 1
    revision += 1
    transcript.push({ from: 'visitor', node: null, text })
    facts = { ...facts, reply: text, message: { content: text, senderType: 'visitor', contentType: 'text' } }
    const buttons = buttonsOf(graph.nodes.get(run.nodeId), templates)
    tell({ type: 'ReplyToRun', step, messageId: nobody, revision, text, value: null, buttons, ...walk })
  }
  if (present !== undefined) path.push({ node: present, edge: null, trigger: null })
  return { ...endOf(state), version, misses, transcript, path }
}

const actor = { kind: 'bot', id: nobody }

const active = (state: RunState): ActiveRun | undefined => (state.status === 'active' ? state : undefined)

function effectOf(node: GraphNode, facts: Facts, templates: Script['templates'], revision: number) {
  switch (node.type) {
    case 'template':
      return say(node, templates.get(node.templateId), facts, { messageId: nobody, revision })
    case 'condition':
      return {
        facts,
        lines: [],
        result: { kind: 'condition', holds: holds(node.condition, facts) } as const,
        variable: undefined,
      }
    case 'action':
      return pretend(node, facts)
    default:
      return node satisfies never
  }
}

function buttonsOf(node: GraphNode | undefined, templates: Script['templates']) {
  return (node?.type === 'template' ? templates.get(node.templateId)?.buttons : undefined) ?? []
}

function endOf(state: RunState): Pick<Simulation, 'outcome' | 'why' | 'steps'> {
  if (state.status === 'none') return { outcome: 'failed', why: 'not-begun', steps: 0 }
  if (state.status === 'ended') return { outcome: state.outcome, why: state.why, steps: state.step }
  return { outcome: 'waiting', why: `for a reply at ${state.nodeId}`, steps: state.step }
}
