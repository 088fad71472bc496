import { holds } from '../../../flow-engine/domain/conditions/evaluate.ts'
import type { Facts } from '../../../flow-engine/domain/facts.ts'
import { readGraph } from '../../../flow-engine/domain/graph/read.ts'
import { decide } from '../../../flow-engine/domain/run/decide.ts'
import { evolve, type RunState, unbegun } from '../../../flow-engine/domain/run/run.ts'
import { fill } from '../../../flow-engine/domain/text/fill.ts'
import { flowDefaults } from '../../../schemas/flow/events.ts'
import type { Graph } from '../../../schemas/flow/graph.ts'
import type { FlowRunCommand } from '../../../schemas/flow-run/commands.ts'
import { asks, does, type Edge, graphOf, type NodeOf, type Workshop } from '../../flows/workshop.ts'

export const settings = { max_misses: 1 }

/** What the visitor of one run does: answers, one after the other, to questions; once they are used up, nothing. */
export interface Script {
  flow: 'patient' | 'hurried'
  replies: readonly string[]
}

/** What a run comes to. */
export interface Outcome {
  /** Nodes in the order in which they are entered, and the edges by which they are left. */
  path: string[]
  said: string[]
  /** Steps whose node is a webhook. */
  calls: number[]
  tags: string[]
  end: string
}

/** Ten nodes: two questions, a wait, two webhooks, a condition, and what acts. In the hurried flow the second question soon times out. */
export async function nodesOf(shop: Workshop, hook: string, secondsToAnswer: number): Promise<Record<string, NodeOf>> {
  return {
    ask: await shop.says('What is it about?', ['Track Order', 'Something else']),
    keep: does({ type: 'set_variable', name: 'word', value: '{{reply}}' }),
    first: does({ type: 'webhook', url: `${hook}/first`, saveAs: 'answer' }),
    order: asks('variables.word', 'contains', 'order'),
    wait: does({ type: 'wait', seconds: 1 }),
    tag: does({ type: 'tag', tag: 'other' }),
    which: await shop.says('Which one, for {{word}} ({{answer}})?', [], { timeout_seconds: secondsToAnswer }),
    second: does({ type: 'webhook', url: `${hook}/second` }),
    note: does({ type: 'reply', text: 'Noted: {{word}}' }),
    bye: await shop.says('Good-bye, {{word}}.'),
  }
}

export const edges: readonly Edge[] = [
  { from: 'ask', to: 'keep', label: 'Button: Track Order' },
  { from: 'ask', to: 'keep', label: 'Button: Something else' },
  { from: 'keep', to: 'first' },
  { from: 'first', to: 'order' },
  { from: 'order', to: 'wait', label: 'True' },
  { from: 'order', to: 'tag', label: 'False' },
  { from: 'wait', to: 'which' },
  { from: 'tag', to: 'which' },
  { from: 'which', to: 'second', label: 'Any' },
  { from: 'which', to: 'note', label: 'Timeout' },
  { from: 'second', to: 'note' },
  { from: 'note', to: 'bye' },
]

const firsts = [['Track Order'], ['Something else'], ['what?', 'track order'], ['what?', 'what??']] as const

/** The n-th of many runs: every way through the flow comes in turn. */
export function scriptOf(n: number): Script {
  const flow = n % 3 === 0 ? 'hurried' : 'patient'
  const first = firsts[n % firsts.length] ?? firsts[0]
  return { flow, replies: flow === 'hurried' ? first : [...first, `number ${n}`] }
}

export const answer = 'Bremen'

/** What must become of it, by the pure core alone: the same rules, without time, chance or breakdowns. */
export function simulated(nodes: Record<string, NodeOf>, { replies }: Script): Outcome {
  const { start_template: startTemplate = null, flow_data: flowData } = graphOf(nodes, edges)
  const read = readGraph(flowData, { startTemplate: typeof startTemplate === 'string' ? startTemplate : null })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return new Walk(read.graph).through(replies)
}

/** The words of the templates, which the graph does not hold. */
const words: Readonly<Record<string, string>> = {
  ask: 'What is it about?',
  which: 'Which one, for {{word}} ({{answer}})?',
  bye: 'Good-bye, {{word}}.',
}
const buttons = ['Track Order', 'Something else'].map((label) => ({ label }))
const nobody = '00000000-0000-4000-8000-000000000000'
const nothing = { name: null, email: null, phone: null, attributes: {} }
const plain = { status: 'open', channel: 'widget', tags: [], assignedAgentId: null, widgetId: null, channelId: null }

class Walk {
  readonly #graph: Graph
  #state: RunState = unbegun
  #now = 0
  #events = 0
  readonly #outcome: Outcome = { path: [], said: [], calls: [], tags: [], end: '' }

  constructor(graph: Graph) {
    this.#graph = graph
  }

  through(replies: readonly string[]): Outcome {
    const left = [...replies]
    let reply: string | null = null
    const ids = { runId: nobody, flowId: nobody, conversationId: nobody, sessionId: nobody, contactId: nobody }
    const how = { version: 1, startedBy: 'api', starterId: null, depth: 1 } as const
    this.#tell({ type: 'StartRun', ...ids, ...how, ...this.#walk() })
    for (let n = 1; ; n++) {
      const run = this.#state
      if (run.status !== 'active') break
      const { step, doing } = run
      if (doing.kind === 'effect') this.#effect(reply, n)
      else if (doing.kind === 'reply' && left.length > 0) {
        reply = left.shift() ?? ''
        const said = { messageId: nobody, revision: n, text: reply, value: null, buttons }
        this.#tell({ type: 'ReplyToRun', step, ...said, ...this.#walk() })
      } else {
        this.#now = Date.parse(doing.until)
        this.#tell({ type: 'TimeOutRun', step, ...this.#walk() })
      }
    }
    return this.#outcome
  }

  #effect(reply: string | null, n: number): void {
    if (this.#state.status !== 'active') return
    const { step, nodeId, variables, webhookStatus } = this.#state
    const node = this.#graph.nodes.get(nodeId)
    const webhook = { status: webhookStatus }
    const facts: Facts = {
      ...{ reply, message: null, contact: nothing, conversation: { ...plain, metadata: {} }, variables, webhook },
    }
    const complete = (result: Extract<FlowRunCommand, { type: 'CompleteStep' }>['result'], variable?: object) =>
      this.#tell({ type: 'CompleteStep', step, result, ...variable, ...this.#walk() })
    const sent = { kind: 'sent', messageId: nobody, revision: n } as const
    if (node?.type === 'template') {
      this.#outcome.said.push(fill(words[nodeId] ?? '', facts))
      complete(sent)
    } else if (node?.type === 'condition') {
      complete({ kind: 'condition', holds: holds(node.condition, facts) })
    } else if (node?.action.type === 'webhook') {
      this.#outcome.calls.push(step)
      const { saveAs: name } = node.action
      complete({ kind: 'webhook', status: 200 }, name === undefined ? {} : { variable: { name, value: answer } })
    } else if (node?.action.type === 'set_variable') {
      complete({ kind: 'done' }, { variable: { name: node.action.name, value: fill(node.action.value, facts) } })
    } else if (node?.action.type === 'reply') {
      this.#outcome.said.push(fill(node.action.text, facts))
      complete(sent)
    } else if (node?.action.type === 'tag') {
      this.#outcome.tags.push(node.action.tag)
      complete({ kind: 'done' })
    } else throw new Error(`${nodeId} is not part of this course`)
  }

  #walk() {
    return {
      graph: this.#graph,
      settings: { ...flowDefaults, ...settings },
      now: new Date(this.#now).toISOString(),
    }
  }

  #tell(command: FlowRunCommand): void {
    for (const event of decide(this.#state, command)) {
      const at = { id: nobody, revision: this.#events++, workspaceId: nobody, at: new Date(this.#now).toISOString() }
      this.#state = evolve(this.#state, event, { ...at, actor: { kind: 'bot', id: nobody }, commandId: nobody })
      note(this.#outcome, event)
    }
  }
}

/** What an event of a run adds to its outcome: of a real run as of one that is only thought. */
export function note(outcome: Outcome, event: ReturnType<typeof decide>[number]): void {
  if (event.type === 'FlowNodeEntered') outcome.path.push(`${event.data.step} ${event.data.nodeId}`)
  if (event.type === 'FlowNodeLeft') outcome.path.push(`${event.data.step} by ${event.data.edgeId}`)
  if (event.type === 'FlowReplyMissed') outcome.path.push(`${event.data.step} missed`)
  if (event.type === 'FlowRunEnded') outcome.end += `${event.data.outcome}: ${event.data.why}`
}
