import { holdsChannelKey, readChannelKey } from '../../../infra/runtime/auth/channel-keys.ts'
import { channelNames } from '../../../infra/runtime/auth/channel-names.ts'
import { demandOpenTo, demandSignature } from '../../../infra/runtime/auth/end-users.ts'
import type { RateLimiter } from '../../../infra/runtime/rate-limiter.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Visitor } from '../../end-users.ts'
import type { ChannelFacts, Facts } from '../../facts.ts'
import type { Arrival } from './arrival.ts'
import type { Canonical } from './canonical.ts'

/** The right of an end user to the one conversation that he has, or will have, at a channel. */
export interface Opening {
  externalId: string
  /** By whom his messages are counted. */
  contactId: string
  /** Gets the conversation, and begins it if need be. Throws Rejection. */
  open(): Promise<Opened>
}

export interface Opened {
  conversationId: string
  caller: Visitor
}

export interface OpeningTools {
  facts: Facts
  canonical: Pick<Canonical, 'open'>
  /** Conversations that one address may begin; undefined: any number. */
  startLimit: RateLimiter | undefined
}

/**
 * What an embed token lets its end user do, as `POST /platform/api/conversations/init` does over HTTP. Throws Rejection: 'forbidden' for
 * a bad token, a page that may not show the chat, or a missing signature; 'validation' where nothing says who it is.
 */
export async function openingOf(
  tools: OpeningTools,
  arrival: Arrival,
  externalId: string | undefined,
  signature: string | undefined,
): Promise<Opening> {
  const { facts, canonical, startLimit } = tools
  const { auth, origin, host, ip, traceId } = arrival
  const channel = await channelBy(facts, auth.embed_token)
  if (!isOwnPage(origin, host)) demandOpenTo(channel, origin)
  else demandOpenTo(channel, undefined)
  if (externalId === undefined) throw new Rejection('validation', 'external_id is required of an end user.')
  demandSignature(channel, externalId, signature)
  const { id: channelId, workspaceId } = channel
  const name = auth.display_name?.trim() ?? ''
  return {
    externalId,
    contactId: channelNames(channelId, externalId).contactId,
    async open() {
      if ((await startLimit?.count(ip))?.isOver) {
        throw new Rejection('rate-limited', 'Too many conversations are asked for from this address; try again later.')
      }
      const { body } = await canonical.open({
        caller: { kind: 'system', id: 'realtime', workspaceId },
        body: { channelId, externalId, ...(name === '' ? {} : { contact: { name } }) },
        ip,
        ...(traceId === undefined ? {} : { traceId }),
      })
      const { id: conversationId, contactId, visitorId } = body.conversation
      return {
        conversationId,
        caller: { kind: 'visitor', workspaceId, conversationId, contactId, visitorId },
      }
    },
  }
}

async function channelBy(facts: Facts, key: string | null | undefined): Promise<ChannelFacts> {
  if (key === null || key === undefined) {
    throw new Rejection('validation', 'conversation_id is required, unless auth.embed_token says of which channel.')
  }
  const claimed = readChannelKey(key)
  const channel = claimed?.kind === 'embed' ? await facts.channel(claimed.channelId) : undefined
  if (channel === undefined || !holdsChannelKey(key, channel)) {
    throw new Rejection('forbidden', 'embed_token is invalid')
  }
  return channel
}

/** The chat's own page, which we serve into the frames of the sites that may show it. */
function isOwnPage(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
