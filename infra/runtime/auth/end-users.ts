import { createHmac, timingSafeEqual } from 'node:crypto'
import { Rejection } from '../../../schemas/rejection.ts'
import { originAllowed } from '../http/origins.ts'

/** What of a channel decides about its end users; a type of channel has the settings that its configuration names. */
interface ChannelSettings {
  active: boolean
  config: object
  secrets: Readonly<Record<string, string>>
}

/** Throws Rejection('forbidden') for pages of other origins than the channel allows, and for a channel that is switched off. */
export function demandOpenTo({ active, config }: Omit<ChannelSettings, 'secrets'>, origin: string | undefined): void {
  const allowed =
    'allowedOrigins' in config && Array.isArray(config.allowedOrigins) ? config.allowedOrigins.map(String) : []
  if (!originAllowed(allowed, origin)) throw new Rejection('forbidden', 'Requests from this origin are not allowed')
  if (!active) throw new Rejection('forbidden', 'This channel is switched off')
}

const channelTypes: ReadonlySet<string> = new Set(['widget', 'webchat', 'mobile_sdk'])

/** Whether conversations of this type of channel know their end users by external ids. Elsewhere the same field may hold a telephone number. */
export function servesExternalIds(channelType: string): boolean {
  return channelTypes.has(channelType)
}

export function wantsSignature({ config }: Pick<ChannelSettings, 'config'>): boolean {
  return 'identityVerification' in config && config.identityVerification === 'required'
}

/**
 * Where the channel is set to it, an end user is who the site's own server has signed for: hex HMAC-SHA256 of the external id under the
 * channel's identity secret. Throws Rejection('forbidden').
 */
export function demandSignature(
  channel: Omit<ChannelSettings, 'active'>,
  externalId: string,
  signature: string | undefined,
): void {
  if (!wantsSignature(channel)) return
  const secret = channel.secrets.identitySecret
  if (secret !== undefined && signature !== undefined && isSigned(externalId, signature, secret)) return
  throw new Rejection(
    'forbidden',
    'signature must be the HMAC-SHA256 of external_id under the identity secret of the channel',
  )
}

function isSigned(externalId: string, signature: string, secret: string): boolean {
  const wanted = createHmac('sha256', secret).update(externalId).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
