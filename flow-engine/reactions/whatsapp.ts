import { parseStream } from '../../schemas/streams.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'
import type { WhatsappConversations } from '../whatsapp/conversations.ts'
import type { Item } from '../whatsapp/outbox.ts'

export interface WhatsappReaction {
  conversations: Pick<WhatsappConversations, 'channelOf'>
  /** Puts a message into the outbox, once, however often it is asked. */
  add: (item: Item) => Promise<void>
}

/** Whatever is said to a customer in a conversation of WhatsApp goes there. What is imported was said elsewhere. */
export function whatsappReactions({ conversations, add }: WhatsappReaction, patience: Patience): Reactions {
  return {
    async MessageSent({ stream, revision, data, meta }) {
      const { messageId, senderType, occurredAt } = data
      if (senderType === 'visitor' || occurredAt !== undefined) return
      const conversationId = parseStream(stream)?.id ?? ''
      const { workspaceId, at } = meta
      await patiently(async () => {
        const channelId = await conversations.channelOf(stream)
        if (channelId === undefined) return
        await add({ messageId, conversationId, workspaceId, channelId, revision, at })
      }, patience)
    },
  }
}
