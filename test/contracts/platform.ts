import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import type { PlatformConversation, PlatformMessage } from '../../schemas/dialects/chatbot-platform.ts'
import { type Called, callerOf } from '../call.ts'
import type { House } from '../house.ts'

export const origin = 'https://yourapp.example'

export type Ask = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<Called>

interface Account {
  email: string
  password: string
}

export async function sessionOf(house: House, { email, password }: Account): Promise<{ cookie: string }> {
  const { status, headers } = await house.call('POST', '/auth/login', { body: { email, password } })
  assert.equal(status, 200)
  return { cookie: String([headers['set-cookie']].flat()[0]).split(';', 1)[0] ?? '' }
}

/** An agent's browser: logs in at /auth/login, keeps the cookie, and sends X-CSRFToken with what changes something. */
export async function logIn(house: House, account: Account): Promise<Ask> {
  const { cookie } = await sessionOf(house, account)
  const { body } = await house.call('GET', '/auth/csrf', { headers: { cookie } })
  const csrf = { 'x-csrftoken': String(body.csrfToken) }
  return (method, path, asked) =>
    house.call(method, `/platform${path}`, { headers: { cookie, ...(method === 'GET' ? {} : csrf) }, body: asked })
}

/** Agents in whom the workspace trusts, and whose credential comes from another issuer: with a bearer instead of a cookie. */
export async function hire(house: House, count: number, workspaceId = house.demo.workspaceId) {
  const { config } = house.stack
  const system = await createInternalTokens(config.internalSecret).issue({ kind: 'system', id: 'test', workspaceId })
  const commandApi = callerOf(house.stack.url('command-api'))
  const call = callerOf(house.stack.url('gateway'))
  if (workspaceId !== house.demo.workspaceId) {
    await commandApi('POST', '/internal/workspaces', { token: system, body: { id: workspaceId, name: 'Elsewhere' } })
  }
  return Promise.all(
    Array.from({ length: count }, async () => {
      const id = randomUUID()
      const email = `${id}@demo.test`
      const body = { id, email, name: `Agent ${id.slice(0, 4)}` }
      assert.equal((await commandApi('POST', '/internal/agents', { token: system, body })).status, 201)
      const token = await new SignJWT({ email, app_metadata: { workspace_id: workspaceId, role: 'agent' } })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(id)
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(config.goTrueSecret))
      const ask: Ask = (method, path, asked) => call(method, `/platform${path}`, { token, body: asked })
      return { id, token, ask }
    }),
  )
}

/** What the site's own server gives to its pages. */
export const signatureOf = (externalId: string, secret: string) =>
  createHmac('sha256', secret).update(externalId).digest('hex')

/** A web chat of document C, and an agent who has logged in. */
export type Platform = Awaited<ReturnType<typeof openPlatform>>

export async function openPlatform(house: House) {
  const { call } = house
  const agent = await logIn(house, house.demo.agent)
  const channel = async (body: object) => {
    const made = await call('POST', '/api/channels', { token: house.adminToken, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  const config = { title: 'Chat with us', allowedOrigins: [origin] }
  const webchat = await channel({ type: 'webchat', name: 'Web chat', config })
  const embedToken = String(webchat.embedToken)
  const init = (body: object, headers = {}) =>
    call('POST', '/platform/api/conversations/init', { body: { embed_token: embedToken, ...body }, headers })
  const found = async <T>(path: string, ask = agent): Promise<T> => {
    const { status, body } = await ask('GET', `/api/conversations/${path}`)
    assert.equal(status, 200, JSON.stringify(body))
    return body as T
  }
  return {
    agent,
    channel,
    channelId: String(webchat.id),
    embedToken,
    init,
    /** An end user who has written. */
    async begin(content = 'Hello, I need help', display_name = 'John Doe') {
      const external_id = `browser-session-${randomUUID()}`
      const { status, body } = await init({ external_id, display_name })
      assert.equal(status, 201, JSON.stringify(body))
      const id = String(body.conversation_id)
      const token = String(body.visitor_token)
      const say = (words: string) =>
        call('POST', `/api/conversations/${id}/messages`, { token, body: { content: words } })
      assert.equal((await say(content)).status, 201)
      return { id, external_id, token, say, session: String(body.session_id) }
    },
    get: (id: string) => found<PlatformConversation>(id),
    list: (query = '', ask = agent) => found<PlatformConversation[]>(query, ask),
    history: (id: string, query = '') => found<PlatformMessage[]>(`${id}/history${query}`),
  }
}
