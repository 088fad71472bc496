import assert from 'node:assert/strict'
import { eventually } from '../../infra/local/testing/eventually.ts'
import type { Called } from '../call.ts'

/** A flow with a template, a node, an edge and a run that has ended, all marked. */
export interface FlowThings {
  template: string
  flow: string
  node: string
  edge: string
  flowRun: string
}

type Json = Record<string, unknown>

interface Tools {
  marker: string
  conversation: string
  post(path: string, body: Json): Promise<Json>
  get(path: string): Promise<Called>
}

/** The run is waited for and ended, so that nothing goes on by itself afterwards. */
export async function openFlowThings({ marker, conversation, post, get }: Tools): Promise<FlowThings> {
  const words = { name: `Welcome ${marker}`, body: `Hello, ${marker}` }
  const template = String((await post('/chat-flow/templates/', words)).id)
  const [node, edge] = [`node-${marker}`, `edge-${marker}`]
  const flow_data = {
    nodes: [
      { id: 'node-1', type: 'template', data: { template_id: template } },
      { id: node, type: 'action', data: { action: { type: 'tag', tag: 'order' } } },
    ],
    edges: [{ id: edge, source: 'node-1', target: node, label: 'Button: Track Order' }],
  }
  const asked = { name: `Flow ${marker}`, is_active: true, start_template: template, flow_data }
  const flow = String((await post('/chat-flow/flows/', asked)).id)
  const started = await post(`/chat-flow/flows/${flow}/start/`, { conversation_id: conversation })
  const flowRun = String(started.id)
  await eventually(async () => {
    const { body } = await get(`/chat-flow/runs/${flowRun}/`)
    assert.equal(body.waiting_for, 'reply')
  })
  await post(`/chat-flow/runs/${flowRun}/end/`, {})
  return { template, flow, node, edge, flowRun }
}
