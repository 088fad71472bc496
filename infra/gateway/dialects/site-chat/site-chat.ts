import type { Message } from '../../../../schemas/conversation/resource.ts'
import { siteChatRoutes as routes } from '../../../../schemas/dialects/site-chat.ts'
import type { VisitorTokens } from '../../../runtime/auth/visitor-tokens.ts'
import { type Binding, bind, bindUpload, type Request } from '../../../runtime/http/binding.ts'
import type { RateLimits } from '../../rate-limits.ts'
import { type Canonical, gatewayFor, onBehalfOf } from '../canonical.ts'
import type { Channels } from '../channels.ts'
import { begin } from './begin.ts'
import { downloadOf } from './download.ts'
import { sendReply } from './reply.ts'
import { sinceOf } from './since.ts'
import { createSites, type Site } from './site.ts'
import { type Authors, messageView } from './view.ts'
import { createVisitors } from './visitors.ts'
import { firstWordsOf } from './words.ts'

export interface SiteChatParts {
  canonical: Canonical
  channels: Channels
  visitorTokens: VisitorTokens
  limit: RateLimits
}

/** "Returns all messages" (document B); no more than this at once. */
const mostMessages = 10_000

/** Document B. */
export function siteChatBindings({ canonical, channels, visitorTokens, limit }: SiteChatParts): Binding[] {
  const siteOf = createSites(channels, limit)
  const visitorAt = createVisitors(canonical, visitorTokens)

  return [
    bind(routes.config, async (request) => {
      const { config } = await siteOf(request)
      return { status: 200, body: { greeting: config.greeting } }
    }),

    bind(routes.create, async (request) => {
      const site = await siteOf(request)
      const conversation_token = await begin(canonical, request, site, firstWordsOf(request.body))
      return { status: 201, body: { conversation_token, auto_reply: site.config.autoReply } }
    }),

    bind(routes.messages, async (request) => {
      const site = await siteOf(request)
      const visitor = await visitorAt(site, request.params.visitor_token, request.traceId)
      const query = { limit: mostMessages, since: sinceOf(request.query.since) }
      const asGateway = onBehalfOf(request, gatewayFor(site.workspaceId))
      const { body } = await canonical.thread({ ...asGateway, params: { id: visitor.conversationId }, query })
      const authors = await authorsOf(canonical, request, site, visitor.contactId, body.data)
      return { status: 200, body: body.data.map((message) => messageView(message, authors)) }
    }),

    bindUpload(routes.reply, async (request) => {
      const site = await siteOf(request)
      const visitor = await visitorAt(site, request.params.visitor_token, request.traceId)
      await sendReply(canonical, request, visitor)
      return { status: 201, body: { status: 'ok' } }
    }),

    bind(routes.file, async (request) => {
      const { params, query } = request
      const site = await siteOf(request)
      const visitor = await visitorAt(site, params.visitor_token, request.traceId)
      return downloadOf(canonical, request, visitor, params, query.disposition ?? 'attachment')
    }),
  ]
}

/** A visitor whose name is not known any more, since the contact was erased. */
const nameless = 'Visitor'

async function authorsOf(
  canonical: Canonical,
  request: Pick<Request, 'ip' | 'traceId'>,
  site: Site,
  contactId: string,
  messages: readonly Message[],
): Promise<Authors> {
  const agents = agentsIn(messages)
  const byVisitor = messages.some(({ senderType }) => senderType === 'visitor')
  if (agents.length === 0 && !byVisitor) return { visitor: nameless, agents: {}, site: site.name }
  const { body } = await canonical.names({
    ...onBehalfOf(request, gatewayFor(site.workspaceId)),
    query: { contacts: byVisitor ? contactId : undefined, agents: agents.join(',') },
  })
  return { visitor: body.contacts[contactId] ?? nameless, agents: body.agents, site: site.name }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** As many as one question may name. */
const mostAgents = 200

/** Who sends an imported message may be called anything; only agents of ours have names to ask for. */
function agentsIn(messages: readonly Message[]): string[] {
  const senders = messages.filter(({ senderType }) => senderType === 'agent').map(({ senderId }) => senderId)
  return [...new Set(senders)].filter((id) => uuid.test(id)).slice(0, mostAgents)
}
