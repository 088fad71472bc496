import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's equivalent of N = 2^17 that needs 16 MB instead of 128: `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`. */
const cost = { log2N: 14, r: 8, p: 5 }

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, cost)
  return ['scrypt', cost.log2N, cost.r, cost.p, salt.toString('base64'), hash.toString('base64')].join('$')
}

/** Takes the same time for an unknown user, whose hash is undefined, so that accounts cannot be told by the clock. */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parse(stored)
  const { salt, hash, ...own } = parsed ?? { ...cost, salt: Buffer.alloc(16), hash: Buffer.alloc(32) }
  const given = await derive(password, salt, own)
  return timingSafeEqual(given, hash) && parsed !== undefined
}

type Cost = typeof cost

function parse(stored: string): (Cost & { salt: Buffer; hash: Buffer }) | undefined {
  const found = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(stored)
  if (found === null) return undefined
  const [, log2N, r, p, salt = '', hash = ''] = found
  const numbers = { log2N: Number(log2N), r: Number(r), p: Number(p) }
  const bytes = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
  return bytes.hash.length === 32 ? { ...numbers, ...bytes } : undefined
}

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** log2N, r, p, maxmem: 64 * 1024 * 1024 }
  return new Promise((resolve, reject) => {
    // NFC, so that one password typed on two systems is one password.
    scrypt(password.normalize('NFC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
