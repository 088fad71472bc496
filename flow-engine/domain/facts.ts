/** What conditions look at and texts may show ({{contact.name}}): a conversation at one moment, and who it is with. */
export interface Facts {
  /** The visitor's last reply in this run of a flow. */
  reply: string | null
  /** The message that it is about. */
  message: { content: string; senderType: string; contentType: string } | null
  contact: {
    name: string | null
    email: string | null
    phone: string | null
    attributes: Readonly<Record<string, unknown>>
  }
  conversation: {
    status: string
    channel: string
    tags: readonly string[]
    assignedAgentId: string | null
    widgetId: string | null
    channelId: string | null
    metadata: Readonly<Record<string, unknown>>
  }
  variables: Readonly<Record<string, string>>
  /** Of the last webhook that was called in this run. */
  webhook: { status: number | null }
  /** Texts may show it; absent where nothing has been read of it. */
  workspace?: { name: string }
}
