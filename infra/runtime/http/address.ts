import type { IncomingMessage } from 'node:http'

/**
 * Address of the client: who connected, or, with `trustedProxies` of our own before us, who connected to the first of these. What stands
 * further left in X-Forwarded-For is the client's own claim.
 */
export function addressOf({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  const nearest = socket.remoteAddress ?? ''
  if (trustedProxies === 0) return nearest
  const forwarded = headers['x-forwarded-for']
  const chain = [...(forwarded === undefined ? [] : String(forwarded).split(',')), nearest].map((part) => part.trim())
  return chain[Math.max(0, chain.length - 1 - trustedProxies)] ?? nearest
}
