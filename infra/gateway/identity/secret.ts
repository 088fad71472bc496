import { createHash, createHmac, randomBytes } from 'node:crypto'

/** 256 random bits, as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * A secret that only the holder of the key can compute, the same for the same parts: so that a request that is repeated with its
 * Idempotency-Key answers the same secret, of which only a hash is stored.
 */
export function derivedSecret(key: string, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url')
}

/** What is stored of a secret that is random, and so needs no salt. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
