import type { ParleyEvent } from '../../schemas/catalog.ts'
import { streamOf } from '../../schemas/streams.ts'
import type { Chance } from './chance.ts'
import { agents, channelsOf, nameOf, tags, widgets } from './workspace.ts'

interface Happening {
  event: ParleyEvent
  /** Milliseconds since the epoch. */
  at: number
}

/** A conversation and its contact, as they lie in their two streams. */
export interface Told {
  conversation: { stream: string; happenings: Happening[] }
  contact: { stream: string; happenings: Happening[] }
}

const minute = 60_000

/** The nth conversation. Nine in ten are assigned, nearly all but the latest are closed; each names an order that no other names. */
export function told(n: number, startedAt: number, messages: number, phrases: readonly string[], chance: Chance): Told {
  const [conversationId, contactId, sessionId] = [chance.uuid(), chance.uuid(), chance.uuid()]
  const visitorId = chance.uuid()
  const happenings: Happening[] = []
  let at = startedAt
  const say = (event: ParleyEvent) => happenings.push({ event, at })
  say({
    type: 'ConversationStarted',
    data: {
      ...{ conversationId, sessionId, contactId, visitorId, startedBy: 'visitor' },
      ...source(chance),
      metadata: { page: `/products/${chance.below(1000)}`, browser: chance.of(['Firefox', 'Chrome', 'Safari']) },
    },
  })
  const agentId = agents[chance.seldom(agents.length)] ?? ''
  const assigned = chance.next() < 0.9
  const unread: string[] = []
  for (let index = 0; index < messages; index++) {
    at += chance.below(4 * minute)
    const visitor = index % 2 === 0
    const messageId = chance.uuid()
    const words = chance.of(phrases)
    if (visitor) unread.push(messageId)
    say({
      type: 'MessageSent',
      data: {
        ...{ messageId, sessionId, contentType: 'text' },
        ...(visitor ? { senderType: 'visitor', senderId: visitorId } : { senderType: 'agent', senderId: agentId }),
        content: index === 0 ? `${words} order ${orderOf(n)}` : words,
      },
    })
    if (index === 0 && assigned) say({ type: 'ConversationAssigned', data: { agentId, sessionId } })
    if (index === 1) {
      const messageIds = unread.splice(0)
      say({ type: 'MessagesRead', data: { messageIds, side: 'agent', readerId: agentId, unreadCount: 0 } })
    }
  }
  for (const tag of new Set(Array.from({ length: chance.below(3) }, () => tags[chance.seldom(tags.length)] ?? ''))) {
    say({ type: 'ConversationTagged', data: { tag } })
  }
  const fate = chance.next()
  if (fate < 0.97) say({ type: 'ConversationClosed', data: { sessionId } })
  else if (fate < 0.98) say({ type: 'ConversationParked', data: { sessionId } })
  if (fate < 0.2) say({ type: 'ConversationRated', data: { sessionId, score: 1 + chance.below(5) } })
  const name = nameOf(chance)
  const email = `${name.toLowerCase().replace(' ', '.')}.${n}@example.com`
  const facts = { contactId, visitorId, name, email, phone: null, attributes: {} }
  return {
    conversation: { stream: streamOf('conversation', conversationId), happenings },
    contact: {
      stream: streamOf('contact', contactId),
      happenings: [{ event: { type: 'ContactCreated', data: facts }, at: startedAt }],
    },
  }
}

/** The word that the nth conversation alone has. */
export const orderOf = (n: number) => `q${1_000_000 + n}`

/** Four in five come by a widget. */
function source(chance: Chance) {
  if (chance.next() < 0.8) {
    return { widgetId: widgets[chance.seldom(widgets.length)] ?? null, channelId: null, channel: 'widget' } as const
  }
  const channel = chance.of(['site', 'site', 'site', 'webchat', 'webchat', 'mobile_sdk', 'whatsapp'] as const)
  return { widgetId: null, channelId: chance.of(channelsOf[channel]), channel }
}
