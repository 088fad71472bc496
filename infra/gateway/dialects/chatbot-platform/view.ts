import type { ListedConversation } from '../../../../schemas/conversation/resource.ts'
import type { PlatformConversation } from '../../../../schemas/dialects/chatbot-platform.ts'

/** A conversation as document C shows it: its session is the latest one while that is open, parked or not. */
export function conversationView(listed: ListedConversation): PlatformConversation {
  return {
    id: listed.id,
    end_user: { id: listed.contactId, display_name: listed.contact?.name ?? null, external_id: listed.visitorId },
    channel_id: listed.channelId ?? listed.widgetId,
    organization_id: listed.workspaceId,
    active_session:
      listed.status === 'closed'
        ? null
        : {
            id: listed.sessionId,
            status: 'open',
            assigned_agent_id: listed.assignedAgentId,
            tags: listed.tags,
            first_message_at: listed.firstMessageAt,
            assigned_at: listed.assignedAt,
            resolved_at: null,
          },
    created_at: listed.startedAt,
    updated_at: listed.updatedAt,
  }
}
