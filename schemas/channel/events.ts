import Type from 'typebox'
import { type EventOf, event, personal } from '../define.ts'
import { Id, nullable } from '../fields.ts'

/** Channels beside the widget, which is a noun of its own (document A). */
export const channelTypes = ['site', 'webchat', 'mobile_sdk', 'whatsapp', 'api'] as const
export const ChannelType = Type.Enum(channelTypes)
export type ChannelType = (typeof channelTypes)[number]

/**
 * What may have happened to a channel. Stream `channel-<channelId>`. Its secrets are sealed under the channel's own key in the vault
 * (envelope `key` = the channel's id), which goes when the channel is deleted. `config` has the form of its type (config.ts).
 */
export const channelEvents = {
  ChannelCreated: event(
    Type.Object({
      channelId: Id,
      channelType: ChannelType,
      name: Type.String(),
      config: Type.Unknown(),
      /** A site's key, which stands in its pages for all to read; null for other types. */
      siteKey: nullable(Type.String()),
      /** SHA-256 of the embed token, hex; the token itself is shown once. Null for types without. */
      embedTokenHash: nullable(Type.String()),
      secrets: personal(Type.Unknown()),
      /** Which secrets there are. */
      secretNames: Type.Array(Type.String()),
    }),
  ),
  ChannelUpdated: event(
    Type.Object({
      channelId: Id,
      name: Type.Optional(Type.String()),
      active: Type.Optional(Type.Boolean()),
      /** The whole of it, as it is now. */
      config: Type.Optional(Type.Unknown()),
      secrets: Type.Optional(personal(Type.Unknown())),
      secretNames: Type.Optional(Type.Array(Type.String())),
    }),
  ),
  /** The old site key or embed token holds no more. */
  ChannelKeyRotated: event(
    Type.Object({ channelId: Id, siteKey: nullable(Type.String()), embedTokenHash: nullable(Type.String()) }),
  ),
  ChannelDeleted: event(Type.Object({ channelId: Id })),
}

export type ChannelEvent = EventOf<typeof channelEvents>
