import type { Reader } from '../reader.ts'

/** Conversations of a contact are read by activity, the oldest first: what moves meanwhile moves to where it is yet to be read. */
export type ConversationPlace = { activityAt: string; id: string }

const pageSize = 500

/** The conversations of a contact after a place. */
export async function conversationsAfter(
  reader: Reader,
  contactId: string,
  after: ConversationPlace | undefined,
  limit: number,
): Promise<ConversationPlace[]> {
  const { db } = reader
  const rows = db('read.conversations')
    .where('contact_id', contactId)
    .select({ id: 'id', activityAt: 'activity_at' })
    .orderBy(['activity_at', 'id'])
    .limit(limit)
  if (after !== undefined) {
    rows.whereRaw('(activity_at, id) > (?::timestamptz, ?::uuid)', [after.activityAt, after.id])
  }
  const { data } = await reader.page<ConversationPlace>(rows, db.select(db.raw('1')))
  return data
}

/** Each conversation of a contact, read as it is wanted. */
export async function* eachConversation(reader: Reader, contactId: string): AsyncGenerator<string, void, undefined> {
  let after: ConversationPlace | undefined
  do {
    const places = await conversationsAfter(reader, contactId, after, pageSize)
    for (const { id } of places) yield id
    after = places.length < pageSize ? undefined : places.at(-1)
  } while (after !== undefined)
}
