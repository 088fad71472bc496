import assert from 'node:assert/strict'
import { evolve, type RunState, unbegun } from '../../flow-engine/domain/run/run.ts'
import { eventually } from '../../infra/local/testing/eventually.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { happened, type RecordedEach } from '../../schemas/envelope.ts'
import type { FlowRunEvent } from '../../schemas/flow-run/events.ts'
import type { Call, Called } from '../call.ts'

export interface WorkshopOptions {
  /** To the gateway. */
  call: Call
  log: EventLog
  widgetId: string
  adminToken: string
  agentToken: string
}

export interface Edge {
  from: string
  to: string
  label?: string
}

export interface NodeOf {
  type: string
  data: object
}

export interface Talk {
  id: string
  token: string
}

/** Flows and conversations as clients make them, and what became of them as the log tells. */
export class Workshop {
  readonly #options: WorkshopOptions

  constructor(options: WorkshopOptions) {
    this.#options = options
  }

  /** A message template; with its id as a node sends it. */
  async template(body: string, ...buttons: string[]): Promise<string> {
    const made = { name: body.slice(0, 40), body, buttons: buttons.map((label) => ({ label })) }
    return String((await this.made('/chat-flow/templates/', made)).id)
  }

  /** A node that sends a template of these words. */
  async says(body: string, buttons: string[] = [], data: object = {}): Promise<NodeOf> {
    return { type: 'template', data: { template_id: await this.template(body, ...buttons), ...data } }
  }

  async flow(nodes: Record<string, NodeOf>, edges: readonly Edge[], settings: object = {}): Promise<string> {
    const body = { name: 'Flow', is_active: true, ...graphOf(nodes, edges), settings }
    return String((await this.made('/chat-flow/flows/', body)).id)
  }

  async activate(flowId: string, nodes: Record<string, NodeOf>, edges: readonly Edge[]): Promise<void> {
    const body = { ...graphOf(nodes, edges), is_active: true }
    const { call, adminToken: token } = this.#options
    const { status, body: told } = await call('PUT', `/chat-flow/flows/${flowId}/`, { token, body })
    assert.equal(status, 200, JSON.stringify(told))
  }

  async talk(widgetId = this.#options.widgetId): Promise<Talk> {
    const { status, body } = await this.#options.call('POST', '/api/conversations', { body: { widgetId } })
    assert.equal(status, 201, JSON.stringify(body))
    return { id: String(body.id), token: String(body.visitorToken) }
  }

  async say({ id, token }: Talk, content: string): Promise<void> {
    const { status, body } = await this.#options.call('POST', `/api/conversations/${id}/messages`, {
      token,
      body: { content },
    })
    assert.equal(status, 201, JSON.stringify(body))
  }

  start(flowId: string, { id }: Talk): Promise<Called> {
    const { call, agentToken: token } = this.#options
    return call('POST', `/chat-flow/flows/${flowId}/start/`, { token, body: { conversation_id: id } })
  }

  /** Starts it, and gives the run. */
  async run(flowId: string, talk: Talk): Promise<string> {
    const { status, body } = await this.start(flowId, talk)
    assert.equal(status, 201, JSON.stringify(body))
    return String(body.id)
  }

  agent(method: 'GET' | 'POST', path: string, body?: object): Promise<Called> {
    const { call, agentToken: token } = this.#options
    return call(method, path, { token, ...(body === undefined ? {} : { body }) })
  }

  async events({ id }: Pick<Talk, 'id'>): Promise<RecordedEach<ConversationEvent>[]> {
    const events: RecordedEach<ConversationEvent>[] = []
    for await (const event of this.#options.log.readStream(`conversation-${id}`)) {
      events.push(event as RecordedEach<ConversationEvent>)
    }
    return events
  }

  /** What the flow has said, in its order. */
  async said(talk: Pick<Talk, 'id'>): Promise<string[]> {
    const events = await this.events(talk)
    return events.flatMap((event) =>
      event.type === 'MessageSent' && event.data.senderType === 'bot' ? [event.data.content] : [],
    )
  }

  async state(runId: string): Promise<RunState> {
    let state = unbegun
    for await (const event of this.#options.log.readStream(`flowRun-${runId}`)) {
      state = evolve(state, event as RecordedEach<FlowRunEvent>, happened(event))
    }
    return state
  }

  /** Waits until the flow has said so much. */
  async hears(talk: Pick<Talk, 'id'>, ...texts: string[]): Promise<void> {
    await eventually(async () => assert.deepEqual(await this.said(talk), texts), 15_000)
  }

  /** Waits for the end of a run, and that its conversation knows. */
  async ends(runId: string, expected: string): Promise<void> {
    const state = await eventually(async () => {
      const state = await this.state(runId)
      assert.equal(state.status, 'ended', JSON.stringify(state))
      return state
    }, 15_000)
    assert(state.status === 'ended')
    assert.equal(`${state.outcome}: ${state.why}`, expected)
    await eventually(async () => assert.equal(await this.running({ id: state.conversationId }), null))
  }

  /** The run that answers in a conversation. */
  async running(talk: Pick<Talk, 'id'>): Promise<string | null> {
    let runId: string | null = null
    for (const event of await this.events(talk)) {
      if (event.type === 'ConversationFlowStarted') runId = event.data.runId
      if (event.type === 'ConversationFlowEnded') runId = null
    }
    return runId
  }

  async made(path: string, body: object): Promise<Record<string, unknown>> {
    const { call, adminToken: token } = this.#options
    const answer = await call('POST', path, { token, body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
}

export const does = (action: object): NodeOf => ({ type: 'action', data: { action } })
export const asks = (field: string, op: string, value?: unknown): NodeOf => ({
  type: 'condition',
  data: { field, op, ...(value === undefined ? {} : { value }) },
})

/** In the form of the builder; the first node is where it begins. */
export function graphOf(nodes: Record<string, NodeOf>, edges: readonly Edge[]) {
  const placed = Object.entries(nodes).map(([id, node], n) => ({ id, position: { x: 100, y: n * 100 }, ...node }))
  const drawn = edges.map(({ from, to, label = 'Any' }, n) => ({
    id: `edge-${n + 1}`,
    source: from,
    target: to,
    label,
  }))
  const [first] = placed
  const start = first !== undefined && 'template_id' in first.data ? { start_template: first.data.template_id } : {}
  return { ...start, flow_data: { nodes: placed, edges: drawn } }
}
