import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * The keys of channels: a prefix, and in base64url 16 bytes that are the channel's id and 16 that nobody can guess. So a key names its
 * channel. `site`: the site key of document B, which stands in pages and is stored as it is. `embed`: the embed token of document C,
 * of which only the hash is stored.
 */
export type ChannelKeyKind = 'site' | 'embed'

const prefixes = { site: 'sk_', embed: 'ew_' } as const satisfies Record<ChannelKeyKind, string>
const secretLength = 16
const form = /^(sk|ew)_([A-Za-z0-9_-]{43})$/

/** `secret` has 16 bytes. */
export function makeChannelKey(kind: ChannelKeyKind, channelId: string, secret: Buffer): string {
  const id = Buffer.from(channelId.replaceAll('-', ''), 'hex')
  if (id.length !== 16 || secret.length !== secretLength)
    throw new Error('A channel key is made of 16 bytes and 16 bytes')
  return prefixes[kind] + Buffer.concat([id, secret]).toString('base64url')
}

/** Which channel a key claims to be of; undefined for what is no such key. Whether it is that channel's, only the channel knows. */
export function readChannelKey(key: string): { kind: ChannelKeyKind; channelId: string } | undefined {
  const [, prefix, text] = form.exec(key) ?? []
  if (text === undefined) return undefined
  const hex = Buffer.from(text, 'base64url').toString('hex', 0, 16)
  const channelId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  return { kind: prefix === 'sk' ? 'site' : 'embed', channelId }
}

/** SHA-256, hex: enough for what is random. */
export function hashChannelKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Whether a key is the channel's, which is there; in a time that tells nothing about the right one. */
export function holdsChannelKey(
  key: string,
  channel: { status: 'there' | 'deleted'; siteKey: string | null; embedTokenHash: string | null },
): boolean {
  if (channel.status !== 'there') return false
  const site = channel.siteKey === null ? undefined : hashChannelKey(channel.siteKey)
  const wanted = key.startsWith(prefixes.site) ? site : channel.embedTokenHash
  return typeof wanted === 'string' && timingSafeEqual(Buffer.from(hashChannelKey(key)), Buffer.from(wanted))
}
