import { randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { serviceUrl } from '../../infra/runtime/config.ts'
import { callerOf } from '../call.ts'
import type { House } from '../house.ts'
import { type FlowThings, openFlowThings } from './flow-things.ts'
import { openWebhookThings, type WebhookThings } from './webhook-things.ts'

/** Somebody with a credential; `headers` show it. */
export interface Kind {
  name: string
  headers: Record<string, string>
}

/** A workspace with one of everything, and with a word in all of it that nobody else may ever read. */
export interface Place {
  workspaceId: string
  marker: string
  admin: Kind
  agent: Kind
  visitor: Kind
  /** With every scope. */
  key: Kind
  ids: {
    conversation: string
    message: string
    contact: string
    widget: string
    channel: string
    agent: string
    automation: string
    apiKey: string
    file: string
  } & FlowThings &
    WebhookThings
}

type Json = Record<string, unknown>

export async function openPlace(house: House): Promise<Place> {
  const { config } = house.stack
  const gateway = house.call
  const commandApi = callerOf(serviceUrl(config, 'commandApi'))
  const workspaceId = randomUUID()
  const marker = `zebra${randomBytes(6).toString('hex')}`
  const system = await createInternalTokens(config.internalSecret).issue({ kind: 'system', id: 'test', workspaceId })

  const ask = async (call: typeof gateway, path: string, token: string | undefined, body: unknown): Promise<Json> => {
    const answer = await call('POST', path, { token, body })
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  await ask(commandApi, '/internal/workspaces', system, { id: workspaceId, name: `Works ${marker}` })
  const tokenOf = (id: string, email: string, role: 'admin' | 'agent') =>
    new SignJWT({ email, app_metadata: { workspace_id: workspaceId, role } })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(id)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(config.goTrueSecret))
  const emails = { admin: `admin-${marker}@demo.test`, agent: `agent-${marker}@demo.test` }
  const first = { id: randomUUID(), email: emails.admin, name: `admin ${marker}`, role: 'admin' }
  await ask(commandApi, '/internal/agents', system, first)
  const admin = { token: await tokenOf(first.id, first.email, 'admin') }
  const invited = { email: emails.agent, name: `agent ${marker}`, role: 'agent' }
  const agentId = String((await ask(gateway, '/api/agents', admin.token, invited)).id)
  const agent = { id: agentId, token: await tokenOf(agentId, emails.agent, 'agent') }
  const widget = await ask(gateway, '/api/widgets', admin.token, { name: `Widget ${marker}` })
  const channel = await ask(gateway, '/api/channels', admin.token, {
    type: 'webchat',
    name: `Chat ${marker}`,
    config: { title: marker },
  })
  const channelId = String(channel.id)
  const begun = await ask(commandApi, '/internal/channel-conversations', system, {
    channelId,
    externalId: `user-${marker}`,
    contact: { name: `Jane ${marker}`, email: `jane-${marker}@demo.test` },
  })
  const conversation = String((begun.conversation as Json).id)
  const visitor = String(begun.visitorToken)
  const at = `/api/conversations/${conversation}`
  const message = await ask(gateway, `${at}/messages`, visitor, { content: `Words of ${marker}` })
  await ask(gateway, `${at}/notes`, agent.token, { content: `Note on ${marker}` })
  await ask(gateway, `${at}/tags`, agent.token, { tag: marker })
  const file = await upload(house, `${at}/files`, visitor, `${marker}.txt`, `bytes of ${marker}`)
  const key = await ask(gateway, '/api/api-keys', admin.token, {
    name: `Key ${marker}`,
    scopes: ['import', 'read', 'write', 'ai', 'manage'],
  })
  const asAdmin = {
    post: (path: string, body: unknown) => ask(gateway, path, admin.token, body),
    get: (path: string) => gateway('GET', path, { token: admin.token }),
  }
  // It is off: what it did by itself would look as if a stranger had done it.
  const automation = await ask(gateway, '/api/automations', admin.token, {
    name: `Rule ${marker}`,
    trigger: 'message_received',
    actions: [{ type: 'reply', text: marker }],
    active: false,
  })
  const flowThings = await openFlowThings({ marker, conversation, ...asAdmin })
  const webhookThings = await openWebhookThings(marker, asAdmin)
  const bearer = (name: string, token: string): Kind => ({ name, headers: { authorization: `Bearer ${token}` } })
  return {
    workspaceId,
    marker,
    admin: bearer('admin', admin.token),
    agent: bearer('agent', agent.token),
    visitor: bearer('visitor', visitor),
    key: bearer('key', String(key.key)),
    ids: {
      conversation,
      message: String(message.id),
      contact: String((begun.conversation as Json).contactId),
      widget: String(widget.id),
      channel: channelId,
      agent: agent.id,
      automation: String(automation.id),
      apiKey: String(key.id),
      file,
      ...flowThings,
      ...webhookThings,
    },
  }
}

async function upload(house: House, path: string, token: string, filename: string, bytes: string): Promise<string> {
  const form = new FormData()
  form.append('files', new Blob([bytes], { type: 'text/plain' }), filename)
  const reply = await fetch(house.stack.url('gateway') + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  })
  const answer = (await reply.json()) as { data: { id: string }[] }
  const id = answer.data?.[0]?.id
  if (reply.status !== 201 || id === undefined) throw new Error(`the upload answered ${reply.status}`)
  return id
}
