import { moment } from '../../command-api/testing/given.ts'
import { flowDefaults } from '../../schemas/flow/events.ts'
import type { EdgeTrigger, Graph, GraphEdge, GraphNode } from '../../schemas/flow/graph.ts'
import type { StartRun, Walk } from '../../schemas/flow-run/commands.ts'
import type { FlowRunEvent } from '../../schemas/flow-run/events.ts'
import { flowRun } from '../domain/run/decide.ts'
import type { RunState } from '../domain/run/run.ts'

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
export const ids = { run: id(1), flow: id(2), conversation: id(3), session: id(4), contact: id(5), message: id }

/** `edge('yes', 'button_click', 'Yes')`: to a node, by a trigger. */
export function edge(target: string, trigger: EdgeTrigger, value: string | null = null): GraphEdge {
  return { id: `to-${target}-${trigger}-${value ?? ''}`, target, trigger, value }
}

export function question(nodeId: string, ...edges: GraphEdge[]): GraphNode {
  return { id: nodeId, type: 'template', templateId: id(90), variables: {}, timeoutSeconds: null, edges }
}

export function action(
  nodeId: string,
  what: Extract<GraphNode, { type: 'action' }>['action'],
  ...edges: GraphEdge[]
): GraphNode {
  return { id: nodeId, type: 'action', action: what, edges }
}

export function graphOf(...nodes: GraphNode[]): Graph {
  return { start: nodes[0]?.id ?? '', nodes: new Map(nodes.map((node) => [node.id, node])) }
}

export const noon = '2026-01-01T12:00:00.000Z'
export const minutesLater = (n: number) => new Date(Date.parse(noon) + n * 60_000).toISOString()

export function walkOn(graph: Graph, now = noon): Walk {
  return { graph, settings: flowDefaults, now }
}

export function starting(graph: Graph): StartRun {
  return {
    type: 'StartRun',
    ...{ runId: ids.run, flowId: ids.flow, version: 1, conversationId: ids.conversation, sessionId: ids.session },
    ...{ contactId: ids.contact, startedBy: 'api', starterId: null, depth: 1 },
    ...walkOn(graph),
  }
}

/** A run that is told one thing after the other; `events` holds all that followed. */
export class Told {
  state: RunState = flowRun.initial
  readonly events: FlowRunEvent[] = []

  constructor(readonly graph: Graph) {
    this.tell(starting(graph))
  }

  tell(command: Parameters<typeof flowRun.decide>[1]): FlowRunEvent[] {
    const events = flowRun.decide(this.state, command)
    for (const event of events) {
      this.state = flowRun.evolve(this.state, event, moment(this.events.length))
      this.events.push(event)
    }
    return events
  }

  get step(): number {
    return this.state.status === 'none' ? 0 : this.state.step
  }

  /** The question of this step was sent, at a revision of its conversation. */
  sent(revision: number): FlowRunEvent[] {
    const result = { kind: 'sent', messageId: ids.message(100 + revision), revision } as const
    return this.tell({ type: 'CompleteStep', step: this.step, result, ...walkOn(this.graph) })
  }

  said(text: string, revision: number, value: string | null = null): FlowRunEvent[] {
    const messageId = ids.message(100 + revision)
    const buttons = [{ label: 'Track Order', value: 'track' }, { label: 'Talk to us' }]
    return this.tell({
      ...{ type: 'ReplyToRun', step: this.step, messageId, revision, text, value, buttons },
      ...walkOn(this.graph),
    })
  }

  get nodes(): string[] {
    return this.events.flatMap((event) => (event.type === 'FlowNodeEntered' ? [event.data.nodeId] : []))
  }

  get end(): string | undefined {
    return this.state.status === 'ended' ? `${this.state.outcome}: ${this.state.why}` : undefined
  }
}
