import type { ListedConversation, Message } from '../../../../schemas/conversation/resource.ts'
import type {
  EndUserMessage,
  PlatformConversation,
  PlatformMessage,
} from '../../../../schemas/dialects/chatbot-platform.ts'

/** A conversation as document C shows it: its session is the latest one while that is open, parked or not. */
export function conversationView(listed: ListedConversation): PlatformConversation {
  return {
    id: listed.id,
    end_user: { id: listed.contactId, display_name: listed.contact?.name ?? null, external_id: listed.visitorId },
    channel_id: listed.channelId ?? listed.widgetId,
    organization_id: listed.workspaceId,
    active_session:
      listed.status === 'closed'
        ? null
        : {
            id: listed.sessionId,
            status: 'open',
            assigned_agent_id: listed.assignedAgentId,
            tags: listed.tags,
            first_message_at: listed.firstMessageAt,
            assigned_at: listed.assignedAt,
            resolved_at: null,
          },
    created_at: listed.startedAt,
    updated_at: listed.updatedAt,
  }
}

export function endUserMessageView(message: Message): EndUserMessage {
  const { id, senderId, content, files } = message
  return {
    id,
    sender_type: senderTypes[message.senderType],
    sender_id: senderId,
    content_type: message.contentType,
    content,
    rich_media: message.richMedia,
    files: files.map(({ mimeType, ...file }) => ({ ...file, mime_type: mimeType })),
    created_at: message.createdAt,
  }
}

export function messageView(message: Message): PlatformMessage {
  const { sessionId, readBy, readAt } = message
  const read_by = readBy === null || readAt === null ? {} : { [readBy]: readAt }
  return { ...endUserMessageView(message), session_id: sessionId, read_by }
}

/** Document C knows no AI and no system: whatever answers by itself is a bot there. */
const senderTypes = {
  visitor: 'end_user',
  agent: 'agent',
  ai: 'bot',
  bot: 'bot',
  system: 'bot',
} as const satisfies Record<Message['senderType'], PlatformMessage['sender_type']>
