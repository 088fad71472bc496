import type { ContactBrief, Conversation, ListedConversation } from '../../schemas/conversation/resource.ts'
import type { Reader } from '../reader.ts'

/** The conversations with their contacts. Of one whom the directory does not have yet, nothing is known but what the conversation says. */
export async function withContacts(
  reader: Reader,
  conversations: readonly Conversation[],
): Promise<ListedConversation[]> {
  const ids = [...new Set(conversations.map(({ contactId }) => contactId))]
  const rows =
    ids.length === 0
      ? []
      : await reader.rows<ContactBrief>(
          'select id, name, email, visitor_id as "visitorId" from read.contacts where id = any(:ids::uuid[])',
          { ids: `{${ids.join(',')}}` },
        )
  const known = new Map(rows.map((row) => [row.id, row]))
  return conversations.map((one) => {
    const { contactId: id, visitorId } = one
    return { ...one, contact: known.get(id) ?? { id, name: null, email: null, visitorId } }
  })
}
