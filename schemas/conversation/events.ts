import Type, { type Static } from 'typebox'
import { type EventOf, event, personal } from '../define.ts'
import { Id, Metadata, nullable, Time } from '../fields.ts'
import { runOutcomes, runStarters } from '../flow-run/outcomes.ts'
import { ContentType } from './content.ts'
import { TemplateMessage } from './delivery.ts'

export const senderTypes = ['visitor', 'agent', 'ai', 'bot', 'system'] as const
export const SenderType = Type.Enum(senderTypes)
export type SenderType = (typeof senderTypes)[number]

export const channels = ['widget', 'site', 'webchat', 'mobile_sdk', 'whatsapp', 'api'] as const

/** When history from another system is imported: the time it happened there. Absent for what happens here. */
const occurredAt = Type.Optional(Time)

/** A file that goes with a message; its bytes lie in the blob store. */
export const FileFacts = Type.Object({
  id: Id,
  filename: Type.String(),
  size: Type.Integer({ minimum: 0, description: 'bytes' }),
  mimeType: Type.String({ description: 'found from the content, not from the name' }),
})
export type FileFacts = Static<typeof FileFacts>

/** What may have happened in a conversation. Stream `conversation-<conversationId>`. */
export const conversationEvents = {
  /** A visitor (or an agent) began it; its first session is open. */
  ConversationStarted: event(
    Type.Object({
      conversationId: Id,
      sessionId: Id,
      contactId: Id,
      visitorId: Type.String({ description: 'how the widget knows the visitor' }),
      widgetId: nullable(Id),
      /** The channel that is no widget; absent in what was stored before there were any. */
      channelId: Type.Optional(nullable(Id)),
      channel: Type.Enum(channels),
      startedBy: Type.Enum(['visitor', 'agent']),
      metadata: personal(Metadata),
      occurredAt,
    }),
  ),
  MessageSent: event(
    Type.Object({
      messageId: Id,
      sessionId: Id,
      senderType: SenderType,
      senderId: Type.String(),
      contentType: ContentType,
      content: personal(Type.String()),
      richMedia: Type.Optional(personal(Type.Unknown())),
      files: Type.Optional(personal(Type.Array(FileFacts))),
      /** What the button or row stands for that the visitor chose; `content` is its label. */
      replyValue: Type.Optional(personal(Type.String())),
      /** The approved template that says it on WhatsApp. */
      whatsappTemplate: Type.Optional(personal(Type.Object(TemplateMessage.properties))),
      occurredAt,
    }),
  ),
  /** The visitor's side or the agents' side has read these messages; ids that were read before are not named again. */
  MessagesRead: event(
    Type.Object({
      messageIds: Type.Array(Id),
      side: Type.Enum(['visitor', 'agent']),
      readerId: Type.String(),
      unreadCount: Type.Integer({ minimum: 0, description: 'visitor messages that no agent has read, after this' }),
    }),
  ),
  /** A channel's own servers have taken the message, or one of the parts that a long one goes out in. */
  MessageRelayed: event(
    Type.Object({
      messageId: Id,
      channel: Type.Enum(channels),
      /** What the channel calls it; WhatsApp's ids hold the telephone number. */
      externalId: personal(Type.String()),
      part: Type.Integer({ minimum: 1 }),
    }),
  ),
  /** It has reached the visitor's device (`at` by the channel's clock), or the visitor has read it there. */
  MessageDelivered: event(Type.Object({ messageId: Id, status: Type.Enum(['delivered', 'read']), at: Time })),
  /** The channel did not take it, or could not bring it. No word of the message, and nothing of the person. */
  MessageUndeliverable: event(Type.Object({ messageId: Id, code: Type.String(), why: Type.String() })),
  ConversationAssigned: event(Type.Object({ agentId: Id, sessionId: Id })),
  ConversationUnassigned: event(Type.Object({ agentId: Id, sessionId: Id })),
  ConversationTagged: event(Type.Object({ tag: Type.String() })),
  ConversationUntagged: event(Type.Object({ tag: Type.String() })),
  /** Parked by an agent: status pending. */
  ConversationParked: event(Type.Object({ sessionId: Id })),
  /** Back from pending to open, in the same session. */
  ConversationResumed: event(Type.Object({ sessionId: Id })),
  /** The session is resolved. */
  ConversationClosed: event(Type.Object({ sessionId: Id, occurredAt })),
  /** A new session in a closed conversation: open, and assigned to nobody. */
  ConversationReopened: event(Type.Object({ sessionId: Id, startedBy: Type.Enum(['visitor', 'agent']), occurredAt })),
  /** A chat flow answers from here on; at most one in a conversation at a time. */
  ConversationFlowStarted: event(
    Type.Object({
      runId: Id,
      flowId: Id,
      version: Type.Integer({ minimum: 1 }),
      sessionId: Id,
      startedBy: Type.Enum(runStarters),
      starterId: nullable(Type.String({ description: 'agent, API key, automation or message that started it' })),
      depth: Type.Integer({ minimum: 1, description: 'automatic causes behind what the flow does' }),
    }),
  ),
  /** It does no longer: what comes is for people. */
  ConversationFlowEnded: event(Type.Object({ runId: Id, flowId: Id, outcome: Type.Enum(runOutcomes), sessionId: Id })),
  /** A private note: agents only. */
  NoteAdded: event(Type.Object({ noteId: Id, sessionId: Id, agentId: Id, content: personal(Type.String()) })),
  /** Its bytes are stored; a message may name it. */
  FileUploaded: event(
    Type.Object({
      fileId: Id,
      filename: personal(Type.String()),
      size: Type.Integer({ minimum: 0 }),
      mimeType: Type.String(),
      side: Type.Enum(['visitor', 'agent']),
      uploaderId: Type.String(),
    }),
  ),
  /** Its contact was erased: nobody can read the personal data before this any more, and what was derived from it is gone. */
  ConversationErased: event(Type.Object({ contactId: Id })),
  /** CSAT of one session, 1 to 5. */
  ConversationRated: event(
    Type.Object({
      sessionId: Id,
      score: Type.Integer({ minimum: 1, maximum: 5 }),
      comment: Type.Optional(personal(Type.String())),
    }),
  ),
}

export type ConversationEvent = EventOf<typeof conversationEvents>
