import type { Caller } from '../../../../schemas/caller.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { channelNames } from '../../../runtime/auth/channel-names.ts'
import type { VisitorTokens } from '../../../runtime/auth/visitor-tokens.ts'
import type { Site } from './site.ts'

export type Visitor = Extract<Caller, { kind: 'visitor' }>

/** The visitor of a site who is known by this token: whoever has site key and token may act as him (document B). */
export function visitorBy(site: Pick<Site, 'id' | 'workspaceId'>, visitorToken: string): Visitor {
  return { kind: 'visitor', workspaceId: site.workspaceId, ...channelNames(site.id, visitorToken) }
}

/** The same for what stands in an address: the visitor's own token, or the conversation token that he was given for it. */
export async function visitorAt(
  site: Pick<Site, 'id' | 'workspaceId'>,
  given: string,
  visitorTokens: Pick<VisitorTokens, 'readVisitorToken'>,
): Promise<Visitor> {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) return visitorBy(site, given)
  try {
    const { visitorId, conversationId } = await visitorTokens.readVisitorToken(given)
    const visitor = visitorBy(site, visitorId)
    if (visitor.conversationId === conversationId) return visitor
  } catch (error) {
    // Not one of ours: a visitor's own token may have any form.
    if (!(error instanceof Rejection)) throw error
  }
  return visitorBy(site, given)
}
