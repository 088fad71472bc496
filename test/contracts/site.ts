import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { v5 as uuidV5 } from 'uuid'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { type Call, type CallOptions, callerOf } from '../call.ts'
import type { House } from '../house.ts'

export interface SiteMessage {
  direction: string
  body: string
  timestamp: string
  author: string
  id: string
  files: { id: number; activity_id: number; filename: string; size: number; mime_type: string }[]
}

/** A site with the chat of document B on its pages. */
export interface Site {
  channelId: string
  siteKey: string
  /** Calls /api/v1/chat… with the site key. */
  chat(method: 'GET' | 'POST', path: string, options?: CallOptions): ReturnType<Call>
  /** Creates a conversation. `id` is the canonical one. */
  begin(): Promise<{ token: string; conversationToken: string; id: string }>
  messages(token: string, query?: string): Promise<SiteMessage[]>
  /** As soon as there are so many: reads follow writes within some milliseconds. */
  messagesOnce(token: string, count: number): Promise<SiteMessage[]>
  conversationOf(visitorToken: string): string
}

/** Made by an admin, as any channel is. */
export async function openSite(house: House, config: object): Promise<Site> {
  const call = callerOf(house.stack.url('gateway'))
  const made = await call('POST', '/api/channels', {
    token: house.adminToken,
    body: { type: 'site', name: 'Shop', config },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const channelId = String(made.body.id)
  const siteKey = String(made.body.siteKey)

  const site: Site = {
    channelId,
    siteKey,
    chat: (method, path, options = {}) =>
      call(method, `/api/v1/chat${path}`, { ...options, headers: { 'x-site-key': siteKey, ...options.headers } }),
    async begin() {
      const body = firstWords()
      const { status, body: created } = await site.chat('POST', '/conversations', { body })
      assert.equal(status, 201, JSON.stringify(created))
      const { visitor_token: token } = body
      return { token, conversationToken: String(created.conversation_token), id: site.conversationOf(token) }
    },
    async messages(token, query = '') {
      const { status, body } = await site.chat('GET', `/conversations/${token}/messages${query}`)
      assert.equal(status, 200, JSON.stringify(body))
      return body as never
    },
    messagesOnce: (token, count) =>
      eventually(async () => {
        const found = await site.messages(token)
        assert.equal(found.length, count)
        return found
      }),
    conversationOf: (visitorToken) => uuidV5(visitorToken, channelId),
  }
  return site
}

export function firstWords(over: object = {}) {
  const message = 'Hi, I need help with billing.'
  return {
    name: 'Jane Doe',
    email: 'jane@example.com',
    message,
    visitor_token: `visitor-${randomUUID()}`,
    ...over,
  }
}
