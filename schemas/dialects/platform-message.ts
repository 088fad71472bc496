import type { Message } from '../conversation/resource.ts'
import type { EndUserMessage, PlatformMessage } from './chatbot-platform.ts'

/** A message as document C shows it to end users. */
export function endUserMessageView(message: Message): EndUserMessage {
  const { id, senderId, content, files } = message
  return {
    id,
    sender_type: platformSenders[message.senderType],
    sender_id: senderId,
    content_type: message.contentType,
    content,
    rich_media: message.richMedia,
    files: files.map(({ mimeType, ...file }) => ({ ...file, mime_type: mimeType })),
    created_at: message.createdAt,
  }
}

/** The same, as agents see it. */
export function messageView(message: Message): PlatformMessage {
  const { sessionId, readBy, readAt } = message
  const read_by = readBy === null || readAt === null ? {} : { [readBy]: readAt }
  return { ...endUserMessageView(message), session_id: sessionId, read_by }
}

/** Document C knows no AI and no system: whatever answers by itself is a bot there. */
export const platformSenders = {
  visitor: 'end_user',
  agent: 'agent',
  ai: 'bot',
  bot: 'bot',
  system: 'bot',
} as const satisfies Record<Message['senderType'], PlatformMessage['sender_type']>
