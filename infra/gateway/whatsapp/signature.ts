import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Whether a body is what Meta has sent: `X-Hub-Signature-256` is `sha256=` and the HMAC-SHA256 of its bytes under the app secret, hex. */
export function isSigned(
  bytes: Buffer,
  signature: string | string[] | undefined,
  appSecret: string | undefined,
): boolean {
  if (appSecret === undefined || typeof signature !== 'string') return false
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(signature) ?? []
  if (hex === undefined) return false
  return timingSafeEqual(Buffer.from(hex, 'hex'), createHmac('sha256', appSecret).update(bytes).digest())
}

/** Whether two secrets are the same, in a time that tells nothing of them. */
export function isSame(shown: string | undefined, secret: string | undefined): boolean {
  if (shown === undefined || secret === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(secret))
}

/**
 * How a channel knows a customer: not by the telephone number, which would stand in the log for ever as the name of the visitor, but by
 * what only this server makes of it.
 */
export function externalIdOf(idSecret: string, channelId: string, waId: string): string {
  const name = JSON.stringify(['whatsapp', channelId, waId])
  return `wa-${createHmac('sha256', idSecret).update(name).digest('base64url').slice(0, 32)}`
}
