import Type, { type TObject } from 'typebox'
import { exactly } from '../fields.ts'
import { type Check, checkOf } from '../validator.ts'
import type { ChannelType } from './events.ts'

/** Written, used, and never answered: which of them are set is all that anybody learns. */
export type ChannelSecrets = Readonly<Record<string, string>>

const Word = (description: string) =>
  Type.Optional(Type.String({ minLength: 8, maxLength: 1000, examples: ['xxxxxxxxxxxxxxxxxxxx'], description }))
const identitySecret = Type.Optional(
  Type.String({
    minLength: 16,
    maxLength: 200,
    examples: ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
    description: 'made, and shown once, where identityVerification is required and none is given',
  }),
)

export const channelSecrets = {
  site: exactly({}),
  webchat: exactly({ identitySecret }),
  mobile_sdk: exactly({
    identitySecret,
    fcmServiceAccount: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 10_000,
        examples: ['{"type":"service_account","project_id":"…","client_email":"…","private_key":"…"}'],
        description: "the JSON text of Google's service account",
      }),
    ),
    fcmServerKey: Type.Optional(Type.String({ minLength: 8, maxLength: 1000, description: 'legacy' })),
    apnsPrivateKey: Type.Optional(
      Type.String({
        minLength: 50,
        maxLength: 4000,
        examples: ['-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n'],
        description: "Apple's .p8 file: a PEM key on the curve P-256",
      }),
    ),
  }),
  whatsapp: exactly({
    accessToken: Word("of a system user of the business, with the right to send the number's messages"),
    appSecret: Word('of the Meta app: signs its webhooks'),
    verifyToken: Word("what Meta shows to prove that it is Meta's to set up the webhook; made where none is given"),
  }),
  api: exactly({}),
} satisfies Record<ChannelType, TObject>

const checks: Readonly<Record<ChannelType, Check<unknown>>> = {
  site: checkOf(channelSecrets.site),
  webchat: checkOf(channelSecrets.webchat),
  mobile_sdk: checkOf(channelSecrets.mobile_sdk),
  whatsapp: checkOf(channelSecrets.whatsapp),
  api: checkOf(channelSecrets.api),
}

/** Checks all secrets of a channel; what it finds names them and does not quote them. */
export const checkSecrets = (type: ChannelType, secrets: ChannelSecrets) => checks[type](secrets)
