import { conversationOf, type ShownRow } from '../../projectors/inbox/fold.ts'
import type { Conversation } from '../../schemas/conversation/resource.ts'
import { utc } from '../../schemas/event-time.ts'

/** A row as JSON brings it: names and types as in the projection, metadata already parsed, times not yet in our form. */
export type Read = Omit<ShownRow, 'metadata'> & { metadata: Record<string, unknown> }

export const columns = {
  id: 'c.id',
  workspaceId: 'c.workspace_id',
  widgetId: 'c.widget_id',
  visitorId: 'c.visitor_id',
  contactId: 'c.contact_id',
  channelId: 'c.channel_id',
  assignedAgentId: 'c.assigned_agent_id',
  status: 'c.status',
  channel: 'c.channel',
  startedAt: 'c.started_at',
  closedAt: 'c.closed_at',
  metadata: 'c.metadata',
  sessionId: 'c.session_id',
  tags: 'c.tags',
  unreadCount: 'c.unread_count',
  messageCount: 'c.message_count',
  lastMessageAt: 'c.last_message_at',
  sessions: 'c.sessions',
  openedAt: 'c.opened_at',
  firstMessageAt: 'c.first_message_at',
  assignedAt: 'c.assigned_at',
  rating: 'c.rating',
  flowRunId: 'c.flow_run_id',
  updatedAt: 'c.updated_at',
  activityAt: 'c.activity_at',
  revision: 'c.revision',
}

export function resourceOf({ metadata, ...row }: Read): Conversation {
  const times = {
    startedAt: utc(row.startedAt),
    closedAt: utcOrNull(row.closedAt),
    openedAt: utc(row.openedAt),
    firstMessageAt: utcOrNull(row.firstMessageAt),
    assignedAt: utcOrNull(row.assignedAt),
    lastMessageAt: utcOrNull(row.lastMessageAt),
    updatedAt: utc(row.updatedAt),
    activityAt: utc(row.activityAt),
  }
  return { ...conversationOf({ ...row, ...times, metadata: '{}' }), metadata }
}

function utcOrNull(time: string | null): string | null {
  return time === null ? null : utc(time)
}
