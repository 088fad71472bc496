import type { ParleyEventType } from '../catalog.ts'

/**
 * What outgoing webhooks are sent, by the names that the outside world knows; what of the log is not here is nobody's affair outside. The
 * names are a promise: one that is given here is never taken away, and never means another thing.
 */
export const webhookEventTable = {
  ConversationStarted: ['conversation.started', 'a conversation has begun'],
  ConversationAssigned: ['conversation.assigned', 'an agent has it now'],
  ConversationUnassigned: ['conversation.unassigned', 'the agent has it no more'],
  ConversationTagged: ['conversation.tagged', 'a tag was put on it'],
  ConversationUntagged: ['conversation.untagged', 'a tag was taken off it'],
  ConversationParked: ['conversation.pending', 'it waits for something'],
  ConversationResumed: ['conversation.resumed', 'it waits no more'],
  ConversationClosed: ['conversation.resolved', 'it is resolved'],
  ConversationReopened: ['conversation.reopened', 'it goes on after it was resolved'],
  ConversationRated: ['conversation.rated', 'the visitor has rated it'],
  ConversationErased: ['conversation.erased', 'its words are gone'],
  ConversationFlowStarted: ['conversation.flow_started', 'a chat flow answers in it'],
  ConversationFlowEnded: ['conversation.flow_ended', 'the chat flow has ended'],
  MessageSent: ['message.sent', 'somebody has said something: see senderType'],
  MessagesRead: ['message.read', 'one side has read the other'],
  MessageDelivered: ['message.delivered', 'a message has reached a phone, or was read there (WhatsApp)'],
  MessageUndeliverable: ['message.failed', 'a message did not get through (WhatsApp)'],
  NoteAdded: ['note.added', 'a private note of an agent'],
  FileUploaded: ['file.uploaded', 'a file was put into a conversation'],
  ContactCreated: ['contact.created', 'somebody is known for the first time'],
  ContactUpdated: ['contact.updated', 'more or something else is known'],
  ContactErased: ['contact.erased', 'all that was personal is gone'],
  AgentAdded: ['agent.added', 'somebody has joined'],
  AgentRoleChanged: ['agent.role_changed', 'an agent has another role'],
  AgentAvailabilityChanged: ['agent.availability_changed', 'an agent is there for new conversations, or is not'],
  AgentRemoved: ['agent.removed', 'somebody has left'],
} as const satisfies Partial<Record<ParleyEventType, readonly [string, string]>>

export type WebhookEventType = keyof typeof webhookEventTable
export type WebhookEventName = (typeof webhookEventTable)[WebhookEventType][0]

export const webhookEventTypes = Object.keys(webhookEventTable) as WebhookEventType[]
export const webhookEventNames: readonly WebhookEventName[] = Object.values(webhookEventTable).map(([name]) => name)

/** What a test sends; it is sent to every webhook, whatever it is subscribed to. */
export const ping = 'ping'
/** All there are, and all that there will be. */
export const everything = '*'

/** The public name of a kind of event; undefined for what is not sent. */
export function webhookEventName(type: string): WebhookEventName | typeof ping | undefined {
  if (type === 'WebhookTested') return ping
  const names: Readonly<Record<string, readonly [WebhookEventName, string]>> = webhookEventTable
  return Object.hasOwn(names, type) ? names[type]?.[0] : undefined
}

/** Whether a webhook that is subscribed to these names is sent an event. */
export function wants(events: readonly string[], name: string): boolean {
  return events.includes(everything) || events.includes(name)
}
