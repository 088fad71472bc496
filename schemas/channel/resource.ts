import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import { exactly, Id, Name, nullable, Time } from '../fields.ts'
import { ApiConfig, MobileSdkConfig, SiteConfig, WebchatConfig, WhatsappConfig } from './config.ts'
import type { ChannelType } from './events.ts'
import { channelSecrets } from './secrets.ts'

/** POST /api/channels (document D): of the configuration, what has no default must be given. */
export const CreateChannelBody = Type.Union([
  making('site', Type.Optional(Type.Partial(SiteConfig, { additionalProperties: false }))),
  making('webchat', Type.Optional(Type.Partial(WebchatConfig, { additionalProperties: false }))),
  making('mobile_sdk', Type.Optional(Type.Partial(MobileSdkConfig, { additionalProperties: false }))),
  making(
    'whatsapp',
    exactly({
      ...Type.Partial(WhatsappConfig).properties,
      phoneNumberId: WhatsappConfig.properties.phoneNumberId,
      businessAccountId: WhatsappConfig.properties.businessAccountId,
    }),
  ),
  making('api', Type.Optional(Type.Partial(ApiConfig, { additionalProperties: false }))),
])

/** PATCH /api/channels/{id}: the type stays. Each part is checked as that type demands. */
export const UpdateChannelBody = exactly({
  name: Type.Optional(Name),
  active: Type.Optional(Type.Boolean()),
  config: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      maxProperties: 20,
      description: "fields of the type's configuration that change; the others stay as they are",
      examples: [{ autoAssign: true }],
    }),
  ),
  secrets: Type.Optional(
    Type.Record(Type.String(), nullable(Type.String({ maxLength: 10_000 })), {
      maxProperties: 20,
      description: 'null removes one; the others stay as they are',
      examples: [{ identitySecret: null }],
    }),
  ),
})

const facts = { id: Id, workspaceId: Id, name: Type.String(), active: Type.Boolean() }

const shown = {
  ...facts,
  siteKey: nullable(Type.String({ description: "a site's key (document B), which stands in its pages; else null" })),
  secretsSet: Type.Array(Type.String(), { description: 'which secrets there are; their values are never answered' }),
  createdAt: Time,
}

/** A channel as admins see it. */
export const Channel = perType(shown)
export type Channel = Static<typeof Channel>

/** A channel in the answer to a command: with what is shown in the answer that made it, and in no other. */
export const ChangedChannel = perType({
  ...shown,
  embedToken: Type.Optional(Type.String({ description: 'of webchat and mobile_sdk (document C): shown this once' })),
  embedCode: Type.Optional(Type.String({ description: 'of webchat: what a page includes; shown with the token' })),
  identitySecret: Type.Optional(Type.String({ description: 'where it was made just now: shown this once' })),
  verifyToken: Type.Optional(Type.String({ description: 'of whatsapp: where it was made just now: shown this once' })),
  webhookUrl: Type.Optional(Type.String({ description: 'of whatsapp: where Meta is to send what happens' })),
})

/** `GET /internal/channels/{id}`: what our own services need of a channel, secrets among it. */
export const InternalChannel = perType({
  ...facts,
  status: Type.Enum(['there', 'deleted'], { description: 'the secrets of a deleted channel are gone' }),
  siteKey: nullable(Type.String()),
  embedTokenHash: nullable(Type.String({ description: 'SHA-256, hex' })),
  secrets: Type.Record(Type.String(), Type.String()),
})
export type InternalChannel = Static<typeof InternalChannel>

/** `GET /internal/channels/{id}/conversations`: those that are open or pending. */
export const ChannelConversations = exactly({
  conversationIds: Type.Array(Id, { description: 'at most 500; ask again when those are closed' }),
})

/** What a page includes to show a web chat (document C). `publicUrl` is this server's own address. */
export function chatEmbedCodeOf(embedToken: string, publicUrl: string): string {
  return `<script src="${publicUrl.replace(/\/$/, '')}/chat-widget/embed.js" data-embed-token="${embedToken}"></script>`
}

/** Where Meta sends what happens on a WhatsApp channel. */
export function whatsappWebhookUrl(channelId: string, publicUrl: string): string {
  return `${publicUrl.replace(/\/$/, '')}/webhooks/whatsapp/${channelId}`
}

function making<T extends ChannelType, C extends TSchema>(type: T, config: C) {
  return exactly({ type: Type.Literal(type), name: Name, config, secrets: Type.Optional(channelSecrets[type]) })
}

/** One form for each type, told apart by `type`. */
function perType<P extends TProperties>(properties: P) {
  return Type.Union([
    typed('site', SiteConfig, properties),
    typed('webchat', WebchatConfig, properties),
    typed('mobile_sdk', MobileSdkConfig, properties),
    typed('whatsapp', WhatsappConfig, properties),
    typed('api', ApiConfig, properties),
  ])
}

function typed<T extends ChannelType, C extends TObject, P extends TProperties>(type: T, config: C, properties: P) {
  return exactly({ ...properties, type: Type.Literal(type), config })
}
