import { v5 as uuidV5 } from 'uuid'

/** What the one conversation of a channel's end user is called, and whose it is. */
export interface ChannelNames {
  conversationId: string
  contactId: string
  /** How the channel knows the end user. */
  visitorId: string
}

/**
 * Derived, so that whoever knows channel and external id finds it; and guessable, so that the ids are no right (API.md, C). An end user
 * who was erased is somebody new when he comes back: of the next generation, whose names no external id can have, as none has a NUL.
 */
export function channelNames(channelId: string, externalId: string, generation = 0): ChannelNames {
  const name = generation === 0 ? externalId : `${externalId}\u0000${generation}`
  return {
    conversationId: uuidV5(name, channelId),
    contactId: uuidV5(`contact:${name}`, channelId),
    visitorId: externalId,
  }
}
