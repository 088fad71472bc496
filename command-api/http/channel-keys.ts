import { hashChannelKey, makeChannelKey } from '../../infra/runtime/auth/channel-keys.ts'
import type { ChannelType } from '../../schemas/channel/events.ts'
import { chatEmbedCodeOf, whatsappWebhookUrl } from '../../schemas/channel/resource.ts'
import { secretBytes } from './asking.ts'

/** What a command gives to a channel; what its type has no use for is null. */
export interface Keys {
  siteKey: string | null
  embedToken: string | null
  embedTokenHash: string | null
  /** Taken only where one is needed. */
  identitySecret: string
  /** Of a WhatsApp channel that was given none. */
  verifyToken: string
}

/**
 * Derived from the command by our secret, and so the same for a retry with the same Idempotency-Key, which is shown again what only a
 * hash is kept of. Without that key a command's id is random, and so is what is derived from it.
 */
export function keysOf(type: ChannelType, channelId: string, secret: string, commandId: string): Keys {
  const bytes = (what: string) => secretBytes(secret, what, channelId, commandId)
  const made = (kind: 'site' | 'embed') => makeChannelKey(kind, channelId, bytes(`${kind} key`).subarray(0, 16))
  const siteKey = type === 'site' ? made('site') : null
  const embedToken = type === 'webchat' || type === 'mobile_sdk' ? made('embed') : null
  return {
    siteKey,
    embedToken,
    embedTokenHash: embedToken === null ? null : hashChannelKey(embedToken),
    identitySecret: bytes('identity secret').toString('base64url'),
    verifyToken: bytes('verify token').toString('base64url'),
  }
}

interface Shown {
  embedToken?: string
  embedCode?: string
  identitySecret?: string
  verifyToken?: string
  webhookUrl?: string
}

/** What the answer to a command shows that no other does: the keys that this very command made. */
export function shownOnce(
  state: {
    id: string
    channelType: ChannelType
    embedTokenHash: string | null
    secrets: Readonly<Record<string, string>>
  },
  { embedToken, embedTokenHash, identitySecret, verifyToken }: Keys,
  publicUrl: string,
): Shown {
  const token = embedToken !== null && embedTokenHash === state.embedTokenHash ? embedToken : undefined
  const embeds = state.channelType === 'webchat' && token !== undefined
  return {
    ...(token === undefined ? {} : { embedToken: token }),
    ...(embeds ? { embedCode: chatEmbedCodeOf(token, publicUrl) } : {}),
    ...(state.secrets.identitySecret === identitySecret ? { identitySecret } : {}),
    ...(state.secrets.verifyToken === verifyToken
      ? { verifyToken, webhookUrl: whatsappWebhookUrl(state.id, publicUrl) }
      : {}),
  }
}
