import Type, { type Static, type TObject } from 'typebox'
import { exactly, Id, nullable, Origin } from '../fields.ts'
import { type Check, checkOf } from '../validator.ts'
import type { ChannelType } from './events.ts'

const Words = Type.String({ maxLength: 1000 })
const allowedOrigins = Type.Array(Origin, { maxItems: 50, description: 'sites that may show it; empty: all' })
const autoAssign = Type.Boolean({ description: 'whether its conversations are assigned as the workspace is set to' })
const identityVerification = Type.Enum(['off', 'required'], {
  description: 'required: an end user shows the HMAC-SHA256 (hex) of the external id under identitySecret',
})
const Digits = Type.String({ pattern: '^\\d{1,20}$', examples: ['106540352242922'] })
const AppleId = Type.String({ pattern: '^[A-Z0-9]{10}$', examples: ['ABCDE12345'] })

/** Document B. An empty autoReply is none. */
export const SiteConfig = exactly({ greeting: Words, autoReply: Words, allowedOrigins, autoAssign })

/** Document C, the web embed. */
export const WebchatConfig = exactly({
  title: Type.String({ minLength: 1, maxLength: 100 }),
  greeting: Words,
  allowedOrigins,
  identityVerification,
  autoAssign,
})

/** Document C, mobile apps: what of the push credentials is no secret. null: not set up. */
export const MobileSdkConfig = exactly({
  botId: nullable(Id),
  identityVerification,
  autoAssign,
  pushContent: Type.Enum(['full', 'hidden'], {
    description: 'full: a push shows the beginning of the message; hidden: only that there is one',
  }),
  fcm: nullable(exactly({ senderId: Digits })),
  apns: nullable(
    exactly({
      teamId: AppleId,
      keyId: AppleId,
      bundleId: Type.String({ pattern: '^[A-Za-z0-9.-]{1,155}$', examples: ['com.example.app'] }),
      environment: Type.Enum(['sandbox', 'production']),
    }),
  ),
})

/** WhatsApp's Cloud API. */
export const WhatsappConfig = exactly({
  phoneNumberId: Digits,
  businessAccountId: Digits,
  displayPhoneNumber: nullable(Type.String({ maxLength: 40 })),
  apiVersion: Type.String({ pattern: '^v\\d{1,3}\\.\\d{1,2}$', examples: ['v21.0'] }),
  autoAssign,
})

/** Conversations that API clients bring in. */
export const ApiConfig = exactly({ autoAssign })

/** What a channel is set to, by its type: all of it, as it is stored and answered. */
export const channelConfigs = {
  site: SiteConfig,
  webchat: WebchatConfig,
  mobile_sdk: MobileSdkConfig,
  whatsapp: WhatsappConfig,
  api: ApiConfig,
} satisfies Record<ChannelType, TObject>

export type ChannelConfigs = { [T in ChannelType]: Static<(typeof channelConfigs)[T]> }
export type ChannelConfig = ChannelConfigs[ChannelType]

/** What holds where nothing else was said; the rest must be given. */
export const configDefaults = {
  site: {
    greeting: 'Hi there! How can we help?',
    autoReply: "Thanks for reaching out! We'll get back to you soon.",
    allowedOrigins: [],
    autoAssign: false,
  },
  webchat: {
    title: 'Chat with us',
    greeting: '',
    allowedOrigins: [],
    identityVerification: 'off',
    autoAssign: false,
  },
  mobile_sdk: {
    botId: null,
    identityVerification: 'off',
    autoAssign: false,
    pushContent: 'full',
    fcm: null,
    apns: null,
  },
  whatsapp: { displayPhoneNumber: null, apiVersion: 'v21.0', autoAssign: false },
  api: { autoAssign: false },
} as const satisfies { [T in ChannelType]: unknown }

const configChecks: Readonly<Record<ChannelType, Check<ChannelConfig>>> = {
  site: checkOf(SiteConfig),
  webchat: checkOf(WebchatConfig),
  mobile_sdk: checkOf(MobileSdkConfig),
  whatsapp: checkOf(WhatsappConfig),
  api: checkOf(ApiConfig),
}

/** Checks a whole configuration; the paths of its errors begin below it. */
export const checkConfig = (type: ChannelType, config: unknown) => configChecks[type](config)

/** A stored configuration with what has been added to its type since. */
export function configOf(type: ChannelType, stored: unknown): Record<string, unknown> {
  return { ...configDefaults[type], ...(typeof stored === 'object' ? stored : {}) }
}
