import { demandSignature, servesExternalIds, wantsSignature } from '../infra/runtime/auth/end-users.ts'
import type { Caller } from '../schemas/caller.ts'
import { Refusal } from './access.ts'
import type { ConversationFacts, Facts } from './facts.ts'

export type Visitor = Extract<Caller, { kind: 'visitor' }>

/** An end user in his conversation, as he may enter its room and act in it. */
export interface EndUser {
  caller: Visitor
  /** The widget or channel by whose leave his name alone is enough. */
  unprovenOf?: string | undefined
}

/** What an end user shows: his name at the widget or channel, and perhaps its signature, or a visitor token (`caller`). */
export interface Claim {
  conversationId: string
  externalId: string | undefined
  signature: string | undefined
  caller: Caller
}

/**
 * Who is the end user of a conversation by his external id (document C). Throws a Refusal, or Rejection('forbidden') without the
 * signature that the channel wants. Ids can be guessed: whose name does not fit is not told that there is such a conversation.
 */
export async function endUserOf(facts: Facts, claim: Claim): Promise<EndUser> {
  const { conversationId, externalId, signature, caller } = claim
  if (caller.kind === 'visitor' && caller.conversationId === conversationId) return { caller }
  if (externalId === undefined) throw new Refusal('validation', 'external_id is required of an end user.')
  const conversation = await facts.conversation(conversationId)
  if (conversation?.visitorId !== externalId || !servesExternalIds(conversation.channel)) throw stranger()
  const unprovenOf = await demandProof(facts, conversation, externalId, signature)
  return { caller: visitorIn(conversationId, conversation), unprovenOf }
}

/** Undefined where the name is proven; else by whose leave it need not be. */
async function demandProof(
  facts: Facts,
  { channelId, widgetId }: ConversationFacts,
  externalId: string,
  signature: string | undefined,
): Promise<string | undefined> {
  const channel = channelId === null ? undefined : await facts.channel(channelId)
  if (channel !== undefined) {
    demandSignature(channel, externalId, signature)
    return wantsSignature(channel) ? undefined : channel.id
  }
  if (widgetId === null) return undefined
  if ((await facts.widget(widgetId))?.tokenRequired) {
    throw new Refusal('unauthenticated', 'This conversation needs a visitor token: connect with it as auth.token.')
  }
  return widgetId
}

function visitorIn(conversationId: string, { workspaceId, contactId, visitorId }: ConversationFacts): Visitor {
  return { kind: 'visitor', workspaceId, conversationId, contactId, visitorId }
}

function stranger(): Refusal {
  return new Refusal('not-found', 'There is no such conversation of this external_id.')
}
