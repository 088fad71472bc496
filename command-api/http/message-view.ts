import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { filesOf, type Message } from '../../schemas/conversation/resource.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { MessageFacts } from '../domain/conversation/conversation.ts'

type Sent = Extract<ConversationEvent, { type: 'MessageSent' }>

/** A message with its words, which the state does not keep: read back from the log. */
export async function messageOf(log: EventLog, stream: string, facts: MessageFacts): Promise<Message> {
  for await (const recorded of log.readStream(stream, { from: facts.revision, max: 1 })) {
    if (!isSent(recorded)) break
    const { messageId, senderType, senderId, contentType, content, richMedia, files } = recorded.data
    const conversationId = stream.slice(stream.indexOf('-') + 1)
    return {
      id: messageId,
      conversationId,
      sessionId: facts.sessionId,
      content,
      contentType,
      // Checked against its content type's schema before it was stored.
      richMedia: (richMedia ?? null) as Message['richMedia'],
      senderType,
      senderId,
      files: filesOf(conversationId, files),
      isRead: facts.read !== null,
      readBy: facts.read?.by ?? null,
      readAt: facts.read?.at ?? null,
      createdAt: facts.createdAt,
      revision: facts.revision,
    }
  }
  throw new Rejection('not-found', 'There is no such message.')
}

/** What agents see beside it. */
export function deliveryOf({ delivery }: MessageFacts): Pick<Message, 'delivery'> {
  if (delivery === null) return {}
  const { status, at, error } = delivery
  return { delivery: { status, at, ...(error === undefined ? {} : { error }) } }
}

function isSent(recorded: Recorded): recorded is Recorded & Sent {
  return recorded.type === 'MessageSent'
}
