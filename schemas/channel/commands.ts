import type { ChannelType } from './events.ts'

/** What may be asked of a channel. The keys and their hashes are made at the door. */
export type ChannelCommand =
  | {
      type: 'CreateChannel'
      channelId: string
      channelType: ChannelType
      name: string
      config: unknown
      siteKey: string | null
      embedTokenHash: string | null
      secrets: Record<string, unknown>
    }
  | {
      type: 'UpdateChannel'
      changes: { name?: string; active?: boolean; config?: unknown; secrets?: Record<string, unknown> }
    }
  | { type: 'RotateChannelKey'; siteKey: string | null; embedTokenHash: string | null }
  | { type: 'DeleteChannel' }
