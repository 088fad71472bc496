import type { ChannelType } from './events.ts'

/**
 * What may be asked of a channel. Keys, hashes and `identitySecret` are made at the door; the latter is taken only where the channel
 * demands verified identities and has no secret to verify them by.
 */
export type ChannelCommand =
  | {
      type: 'CreateChannel'
      channelId: string
      channelType: ChannelType
      name: string
      /** Of the configuration, what is not to be as in `configDefaults`. */
      config: Readonly<Record<string, unknown>>
      siteKey: string | null
      embedTokenHash: string | null
      secrets: Readonly<Record<string, string>>
      identitySecret: string
    }
  | { type: 'UpdateChannel'; changes: ChannelChanges; identitySecret: string }
  | { type: 'RotateChannelKey'; siteKey: string | null; embedTokenHash: string | null }
  | { type: 'DeleteChannel' }

/** What is left out stays as it is, in `config` and `secrets` too; a secret that is null is removed. */
export interface ChannelChanges {
  name?: string | undefined
  active?: boolean | undefined
  config?: Readonly<Record<string, unknown>> | undefined
  secrets?: Readonly<Record<string, string | null>> | undefined
}
