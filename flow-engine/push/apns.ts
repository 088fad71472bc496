import { LRUCache } from 'lru-cache'
import Type from 'typebox'
import { waitOf } from '../../infra/runtime/http/retry-after.ts'
import { checkOf } from '../../schemas/validator.ts'
import { apnsHeaders, apnsPayload, apnsVerdict } from '../domain/push/apns.ts'
import { ApnsLine } from './apns-line.ts'
import { parsed } from './post.ts'
import type { ProviderTokens } from './provider-tokens.ts'
import { type MobileChannel, type Sender, unreached } from './sender.ts'

export interface ApnsOptions {
  /** What stands for Apple's servers, `http:` for HTTP/2 without TLS; absent: Apple's, by the channel's environment. */
  url: string | undefined
  tokens: Pick<ProviderTokens, 'of' | 'forget'>
}

type Environment = NonNullable<MobileChannel['config']['apns']>['environment']

const origins: Readonly<Record<Environment, string>> = {
  production: 'https://api.push.apple.com',
  sandbox: 'https://api.sandbox.push.apple.com',
}
const keptLines = 100
const checkReason = checkOf(Type.Object({ reason: Type.String() }))

/** Apple's Push Notification service, over HTTP/2. */
export function createApns({ url, tokens }: ApnsOptions): Sender {
  // By environment and key: on one connection Apple takes the tokens of one key alone (UnrelatedKeyIdInToken).
  const lines = new LRUCache<string, ApnsLine>({ max: keptLines, dispose: (line) => line.close() })
  const lineFor = (origin: string, { teamId, keyId }: { teamId: string; keyId: string }): ApnsLine => {
    const name = `${origin} ${teamId} ${keyId}`
    const line = lines.get(name) ?? new ApnsLine(origin)
    lines.set(name, line)
    return line
  }

  return {
    async send({ id, notification, device, channel }) {
      const { apns } = channel.config
      const { apnsPrivateKey: privateKey } = channel.secrets
      if (apns === null || privateKey === undefined) return undefined
      const { teamId, keyId, bundleId: topic, environment } = apns
      const provider = { teamId, keyId, privateKey }
      const token = await tokens.of(provider)
      if (token === undefined) return { kind: 'give-up', why: 'apnsPrivateKey is no key for ES256' }
      try {
        const { status, text, retryAfter } = await lineFor(url ?? origins[environment], provider).post(
          `/3/device/${encodeURIComponent(device.token)}`,
          { ...apnsHeaders(notification, { id, topic }), authorization: `bearer ${token}` },
          JSON.stringify(apnsPayload(notification)),
        )
        const checked = checkReason(parsed(text))
        const verdict = apnsVerdict(status, checked.ok ? checked.value.reason : undefined)
        if (verdict.kind === 'retry' && verdict.stale) tokens.forget(provider)
        return { ...verdict, retryAfterMs: waitOf(retryAfter) }
      } catch (error) {
        return unreached('APNs', error)
      }
    },
    close: () => lines.clear(),
  }
}
