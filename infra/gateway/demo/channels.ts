import { randomUUID } from 'node:crypto'
import type { Caller } from '../../../schemas/caller.ts'
import type { InternalChannel } from '../../../schemas/channel/resource.ts'
import { hashChannelKey, holdsChannelKey, readChannelKey } from '../../runtime/auth/channel-keys.ts'
import type { Find, Send } from './commands.ts'

export interface ChannelTools {
  send: Send
  find: Find
}

const wishes = {
  site: { key: 'demo-site-channel', body: { type: 'site', name: 'Demo site chat' } },
  webchat: { key: 'demo-webchat-channel', body: { type: 'webchat', name: 'Demo web chat' } },
} as const

/** The site key of the demo's site channel, which is made when it is missing. */
export async function ensureSiteKey(tools: ChannelTools, admin: Caller, known: string | null): Promise<string> {
  if (known !== null && (await holds(tools, known))) return known
  const { channel } = await ensure(tools, admin, 'site')
  if (channel.siteKey === null) throw new Error(`The demo's site channel ${channel.id} has no site key`)
  return channel.siteKey
}

/** The embed token of the demo's web chat; a new one where nobody knows the one that holds. */
export async function ensureEmbedToken(tools: ChannelTools, admin: Caller, known: string | null): Promise<string> {
  if (known !== null && (await holds(tools, known))) return known
  const { channel, shown } = await ensure(tools, admin, 'webchat')
  if (shown !== undefined && hashChannelKey(shown) === channel.embedTokenHash) return shown
  const path = `/api/channels/${channel.id}/keys`
  const rotated = await tools.send({ path, key: `demo-keys-${randomUUID()}`, caller: admin, body: {} })
  if (typeof rotated?.embedToken !== 'string') throw new Error(`The demo's web chat ${channel.id} got no new token`)
  return rotated.embedToken
}

async function holds({ find }: ChannelTools, key: string): Promise<boolean> {
  const claimed = readChannelKey(key)
  const channel = claimed === undefined ? undefined : await find(claimed.channelId)
  return channel !== undefined && holdsChannelKey(key, channel)
}

/** The channel, and the token that the answer to its making shows to whoever repeats that. A deleted one is made anew. */
async function ensure(
  { send, find }: ChannelTools,
  caller: Caller,
  type: keyof typeof wishes,
): Promise<{ channel: InternalChannel; shown: string | undefined }> {
  const { key, body } = wishes[type]
  for (const attempt of [key, `${key}-${randomUUID()}`]) {
    const made = await send({ path: '/api/channels', key: attempt, caller, body })
    const channel = typeof made?.id === 'string' ? await find(made.id) : undefined
    if (channel?.status !== 'there') continue
    return { channel, shown: typeof made?.embedToken === 'string' ? made.embedToken : undefined }
  }
  throw new Error(`The demo's channel of type ${type} could not be made`)
}
