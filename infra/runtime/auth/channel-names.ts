import { v5 as uuidV5 } from 'uuid'

/** What the one conversation of a channel's end user is called, and whose it is. */
export interface ChannelNames {
  conversationId: string
  contactId: string
  /** How the channel knows the end user. */
  visitorId: string
}

/** Derived, so that whoever knows channel and external id finds it; and guessable, so that the ids are no right (API.md, C). */
export function channelNames(channelId: string, externalId: string): ChannelNames {
  return {
    conversationId: uuidV5(externalId, channelId),
    contactId: uuidV5(`contact:${externalId}`, channelId),
    visitorId: externalId,
  }
}
