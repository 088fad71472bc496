import { type History, historyOf, type Plot, uuid } from '../../projectors/testing/history.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'

/** A conversation as a test tells it: where it came in, with whom, and what happened. */
export interface Made {
  seed: string
  channel: 'widget' | 'site' | 'whatsapp'
  /** Which widget or channel of its kind. */
  source: number
  name: string | null
  email: string | null
  startedAt: number
  steps: Plot['steps']
}

/** Its stream and its contact's, in the workspace of the tests. */
export function madeUp({ seed, channel, source, name, email, startedAt, steps }: Made): History[] {
  const plain = historyOf({ seed, workspace: 0, startedBy: 'visitor', steps })
  const sourceId = uuid(channel, source)
  const events = plain.events.map(({ event, at }) => ({
    event: event.type === 'ConversationStarted' ? cameBy(event, channel, sourceId) : event,
    at: new Date(Date.parse(at) + startedAt).toISOString(),
  }))
  const contactId = uuid(seed, 'contact')
  const facts = { contactId, visitorId: `visitor-${seed}`, name, email, phone: null, attributes: {} }
  const contact: History = {
    stream: `contact-${contactId}`,
    key: contactId,
    workspaceId: plain.workspaceId,
    events: [{ event: { type: 'ContactCreated', data: facts }, at: events[0]?.at ?? '' }],
  }
  return [contact, { ...plain, events }]
}

function cameBy(
  { type, data }: Extract<ConversationEvent, { type: 'ConversationStarted' }>,
  channel: Made['channel'],
  id: string,
): ConversationEvent {
  const source = channel === 'widget' ? { widgetId: id, channelId: null } : { widgetId: null, channelId: id }
  return { type, data: { ...data, ...source, channel } }
}
