import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { House } from '../house.ts'
import type { Pool } from './arbitrary.ts'

export interface Kind {
  name: string
  headers: Record<string, string>
}

/** What there is to be found in the demo workspace, and callers of every kind: none of them can shut the others out. */
export async function furnish({ stack, demo, call, adminToken }: House): Promise<{ pool: Pool; callers: Kind[] }> {
  const started = await call('POST', '/api/conversations', { body: { widgetId: demo.widgetId, visitorId: 'fuzz' } })
  const id = String(started.body.id)
  const said = await call('POST', `/api/conversations/${id}/messages`, { body: { content: 'Hello' } })
  const seen = await call('GET', `/api/conversations/${id}/history`, { token: adminToken })
  if (said.status !== 201 || seen.status !== 200) throw new Error('the demo workspace cannot be furnished')
  const template = await call('POST', '/chat-flow/templates/', {
    token: adminToken,
    body: { name: 'Fuzz', body: 'Hello' },
  })
  const nodes = [{ id: 'node-1', type: 'template', data: { template_id: template.body.id } }]
  const drawn = { name: 'Fuzz', flow_data: { nodes, edges: [] }, is_active: true }
  const flow = await call('POST', '/chat-flow/flows/', { token: adminToken, body: drawn })
  if (flow.status !== 201) throw new Error(`there can be no flow: ${JSON.stringify(flow.body)}`)
  const hooked = { url: 'https://hooks.invalid/fuzz', events: ['agent.removed'] }
  const webhook = await call('POST', '/api/webhooks', { token: adminToken, body: hooked })
  if (webhook.status !== 201) throw new Error(`there can be no webhook: ${JSON.stringify(webhook.body)}`)
  const rule = { name: 'Fuzz', trigger: 'message_received', actions: [{ type: 'tag', tag: 'fuzz' }] }
  const automation = await call('POST', '/api/automations', { token: adminToken, body: rule })
  if (automation.status !== 201) throw new Error(`there can be no automation: ${JSON.stringify(automation.body)}`)
  const signed = (role: 'admin' | 'agent', workspace: string) =>
    new SignJWT({ email: `${role}@demo.test`, app_metadata: { workspace_id: workspace, role } })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(randomUUID())
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(stack.config.goTrueSecret))
  const bearer = (name: string, token: unknown): Kind => ({ name, headers: { authorization: `Bearer ${token}` } })
  return {
    pool: {
      byName: {
        embed_token: demo.embedToken,
        external_id: 'fuzz',
        visitor_token: 'fuzz',
        conversation_id: id,
        flow: String(flow.body.id),
        url: 'https://hooks.invalid/fuzz',
      },
      ids: [
        ...[id, id, String(said.body.id), String(started.body.sessionId), demo.widgetId, demo.agent.id],
        ...[String(flow.body.id), String(template.body.id), String(webhook.body.id)],
      ],
    },
    callers: [
      { name: 'nobody', headers: {} },
      { name: 'a site', headers: { 'x-site-key': demo.siteKey } },
      bearer('its visitor', started.body.visitorToken),
      bearer('an agent', await signed('agent', demo.workspaceId)),
      bearer('an admin', await signed('admin', demo.workspaceId)),
      bearer('an admin', await signed('admin', demo.workspaceId)),
      bearer('a key', demo.importKey),
      bearer('a stranger', await signed('admin', randomUUID())),
    ],
  }
}
