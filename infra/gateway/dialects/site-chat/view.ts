import type { Message } from '../../../../schemas/conversation/resource.ts'
import type { SiteMessage } from '../../../../schemas/dialects/site-chat.ts'
import { textOf } from './text.ts'

/** Who is called how. */
export interface Authors {
  visitor: string
  /** By agent id. */
  agents: Readonly<Record<string, string | null>>
  /** Speaks for agents who are unknown, and for all that answers by itself. */
  site: string
}

export function messageView(message: Message, authors: Authors): SiteMessage {
  const { id, senderType, revision, createdAt, files } = message
  return {
    direction: senderType === 'visitor' ? 'inbound' : 'outbound',
    body: textOf(message),
    timestamp: createdAt,
    author: authorOf(message, authors),
    id,
    files: files.map(({ filename, size, mimeType }, index) => ({
      id: index + 1,
      activity_id: revision,
      filename,
      size,
      mime_type: mimeType,
    })),
  }
}

function authorOf({ senderType, senderId }: Message, { visitor, agents, site }: Authors): string {
  if (senderType === 'visitor') return visitor
  return (senderType === 'agent' ? agents[senderId] : undefined) ?? site
}
