import Type from 'typebox'
import { checkOf } from '../../schemas/validator.ts'
import { type FcmRefusal, fcmMessage, fcmVerdict, legacyMessage, legacyVerdict } from '../domain/push/fcm.ts'
import type { GoogleTokens } from './google-tokens.ts'
import { serviceAccountOf } from './google-tokens.ts'
import { type Posted, post } from './post.ts'
import { type Outcome, type Push, type Sender, unreached } from './sender.ts'

export interface FcmOptions {
  /** `https://fcm.googleapis.com`, or what stands for it. */
  url: string
  tokens: Pick<GoogleTokens, 'of' | 'forget'>
}

const Detail = Type.Object({
  errorCode: Type.Optional(Type.String()),
  fieldViolations: Type.Optional(Type.Array(Type.Object({ field: Type.Optional(Type.String()) }))),
})
const checkRefusal = checkOf(
  Type.Object({
    error: Type.Object({
      status: Type.Optional(Type.String()),
      message: Type.Optional(Type.String()),
      details: Type.Optional(Type.Array(Detail)),
    }),
  }),
)
const checkResults = checkOf(Type.Object({ results: Type.Array(Type.Object({ error: Type.Optional(Type.String()) })) }))

/**
 * Firebase Cloud Messaging: by HTTP v1 where the channel has a service account; else, where it has the server key of before 2024, by
 * the legacy API, which Google itself answers no more.
 */
export function createFcm({ url, tokens }: FcmOptions): Sender {
  const base = url.replace(/\/$/, '')

  const sendV1 = async (push: Push, text: string): Promise<Outcome> => {
    const account = serviceAccountOf(text)
    if (account === undefined) return { kind: 'give-up', why: 'fcmServiceAccount is no service account' }
    const granted = await tokens.of(account)
    if (granted.kind !== 'token') return granted
    const { status, body, retryAfterMs } = await post(
      `${base}/v1/projects/${account.project_id}/messages:send`,
      { 'content-type': 'application/json', authorization: `Bearer ${granted.token}` },
      JSON.stringify(fcmMessage(push.notification, push.device.token, ttlOf(push))),
    )
    const verdict = fcmVerdict(status, refusalOf(body))
    if (verdict.kind === 'retry' && verdict.stale) tokens.forget(account)
    return { ...verdict, retryAfterMs }
  }

  const sendLegacy = async (push: Push, key: string): Promise<Outcome> => {
    if (!/^[\x21-\x7e]+$/.test(key)) return { kind: 'give-up', why: 'fcmServerKey is no server key' }
    const { status, body, retryAfterMs } = await post(
      `${base}/fcm/send`,
      { 'content-type': 'application/json', authorization: `key=${key}` },
      JSON.stringify(legacyMessage(push.notification, push.device.token, ttlOf(push))),
    )
    return { ...legacyVerdict(status, resultsOf(body)), retryAfterMs }
  }

  return {
    async send(push) {
      const { fcmServiceAccount, fcmServerKey } = push.channel.secrets
      try {
        if (fcmServiceAccount !== undefined) return await sendV1(push, fcmServiceAccount)
        return fcmServerKey === undefined ? undefined : await sendLegacy(push, fcmServerKey)
      } catch (error) {
        return unreached('FCM', error)
      }
    },
    close: () => undefined,
  }
}

function ttlOf({ notification }: Push): number {
  return Math.max(notification.expiresAt - Math.floor(Date.now() / 1000), 0)
}

function refusalOf(body: Posted['body']): FcmRefusal {
  const checked = checkRefusal(body)
  const { status, message, details = [] } = checked.ok ? checked.value.error : {}
  const code = details.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? status
  const fields = details.flatMap(({ fieldViolations = [] }) => fieldViolations.flatMap(({ field }) => field ?? []))
  return { code, message, fields }
}

function resultsOf(body: Posted['body']) {
  const checked = checkResults(body)
  return checked.ok ? checked.value.results : undefined
}
