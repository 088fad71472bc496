import Type, { type Static, type TProperties, type TSchema } from 'typebox'
import { Message } from '../conversation/resource.ts'
import { exactly, Id, nullable, Time } from '../fields.ts'

/** The SignalR hub of document A: its methods and events. What it adds to the document is said to be an addition. */

export const hubPath = '/hubs/chat'

/** The gateway's word to an instance that other instances may have the connection that a WebSocket asks for; 503 sends it on to them. */
export const mayBeElsewhere = 'x-internal-may-be-elsewhere'

const Revision = Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER })
const revision = Type.Integer({ minimum: 0, description: 'addition: its place in the conversation; ascending' })
const conversationId = Id

const Joined = exactly({
  conversationId,
  revision: { ...Revision, description: 'everything up to here has been sent' },
})

/** What of a conversation a client asks for in the address; `token` or `access_token` stay with the gateway. */
export const HubQuery = Type.Object({
  conversationId: Type.Optional(Id),
  after: Type.Optional(Revision),
})
export type HubQuery = Static<typeof HubQuery>

interface HubMethod {
  description: string
  /** In the order in which they are given; those that may be left out last. */
  parameters: TProperties
  result: TSchema
}

/** What a client may call. */
export const hubMethods = {
  JoinConversation: {
    description:
      'Subscribe to a conversation. With `after` (an addition), first what happened after that revision, then what comes; without, only what comes. ' +
      'Completes when what was missed has been sent. Calling it again without `after` changes nothing.',
    parameters: {
      conversationId,
      after: Type.Optional(
        nullable({ ...Revision, description: 'the last revision that the client has; -1 for none, so that all comes' }),
      ),
    },
    result: Joined,
  },
  LeaveConversation: { description: 'Unsubscribe.', parameters: { conversationId }, result: Type.Null() },
  TypingStart: {
    description: 'Tell the others that one types. It is forgotten after 5 s unless it is said again.',
    parameters: { conversationId },
    result: Type.Null(),
  },
  TypingStop: {
    description: 'Tell the others that one types no longer.',
    parameters: { conversationId },
    result: Type.Null(),
  },
} as const satisfies Record<string, HubMethod>
export type HubMethodName = keyof typeof hubMethods

const senderId = Type.String({ description: 'agent id or visitor id' })

/** What the server calls on a client; the one argument of each. */
export const hubEvents = {
  ReceiveMessage: Message,
  AgentAssigned: exactly({
    agentId: Id,
    agentName: Type.String({ description: 'empty for one of whom the workspace knows no name' }),
    conversationId,
    revision,
  }),
  ConversationClosed: exactly({ conversationId, revision }),
  MessagesRead: exactly({
    conversationId,
    messageIds: Type.Array(Id),
    readBy: Type.String({ description: 'agent id or visitor id' }),
    readAt: Time,
    side: Type.Enum(['visitor', 'agent'], { description: 'whose side has read what the other wrote' }),
    revision,
  }),
  TypingStarted: exactly({ senderId, senderType: Type.Enum(['visitor', 'agent', 'bot']), conversationId }),
  TypingStopped: exactly({ senderId, conversationId }),
}
export type HubEventName = keyof typeof hubEvents
export type HubEvent = { [E in HubEventName]: { name: E; payload: Static<(typeof hubEvents)[E]> } }[HubEventName]

export const describedHubEvents: Record<HubEventName, string> = {
  ReceiveMessage: 'A message was sent: as GET /api/conversations/{id}/messages gave it at that moment.',
  AgentAssigned: 'The conversation was assigned to an agent.',
  ConversationClosed: 'The conversation was closed.',
  MessagesRead: 'Addition: the other side has read these messages.',
  TypingStarted: 'Somebody else types.',
  TypingStopped: 'He no longer does: he stopped, sent his message, left, or 5 s have passed.',
}
