import { createHmac, timingSafeEqual } from 'node:crypto'
import type { InternalChannel } from '../../../../schemas/channel/resource.ts'
import { Rejection } from '../../../../schemas/rejection.ts'

/**
 * Where the channel is set to it, an end user is who the site's own server has signed for: hex HMAC-SHA256 of the external id under the
 * channel's identity secret. Throws Rejection('forbidden').
 */
export function demandSignature(
  { config, secrets }: InternalChannel,
  externalId: string,
  signature: string | undefined,
): void {
  if (!('identityVerification' in config) || config.identityVerification === 'off') return
  const secret = secrets.identitySecret
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
