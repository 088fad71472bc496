import { add, drop, folding, type Op, type Projection, part, put } from '../projection.ts'
import { table } from '../table.ts'
import { assigned, assignments } from './assignments.ts'
import { type FacetRow, facetsOf, sameFacets, sourceOf } from './facets.ts'
import { type ConversationRow, foldConversation } from './fold.ts'

/** A widget's or a channel's id: no two of them are alike. */
const source = 'coalesce(widget_id, channel_id)'

const conversations = table<ConversationRow>({
  name: 'conversations',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    widgetId: 'uuid?',
    visitorId: 'text',
    contactId: 'uuid',
    channelId: 'uuid?',
    assignedAgentId: 'uuid?',
    status: 'text',
    channel: 'text',
    startedAt: 'timestamptz',
    closedAt: 'timestamptz?',
    metadata: 'json',
    sessionId: 'uuid',
    tags: 'text[]',
    unreadCount: 'integer',
    messageCount: 'integer',
    lastMessageAt: 'timestamptz?',
    sessions: 'integer',
    openedAt: 'timestamptz',
    firstMessageAt: 'timestamptz?',
    assignedAt: 'timestamptz?',
    rating: 'integer?',
    flowRunId: 'uuid?',
    unansweredSince: 'timestamptz?',
    unansweredEventId: 'uuid?',
    unansweredRevision: 'integer?',
    updatedAt: 'timestamptz',
    activityAt: 'timestamptz',
    revision: 'integer',
  },
  key: ['id'],
  // Every list names its statuses and merges their stretches of an index, so that no list needs an index of its own without them. The
  // columns after the id are there to be filtered by without looking at the row.
  indexes: [
    { columns: ['workspace_id', 'status', 'activity_at', 'id'] },
    {
      columns: ['workspace_id', 'assigned_agent_id', 'status', 'activity_at', 'id', 'channel', source],
      present: ['assigned_agent_id'],
    },
    {
      columns: ['workspace_id', 'status', 'activity_at', 'id', 'channel', source],
      where: 'assigned_agent_id is null',
    },
    { columns: ['workspace_id', source, 'status', 'activity_at', 'id', 'assigned_agent_id'] },
    { columns: ['workspace_id', 'channel', 'status', 'activity_at', 'id', 'assigned_agent_id'] },
    // The waiting queue, oldest first.
    {
      columns: ['workspace_id', 'status', 'opened_at', 'id', 'channel', source],
      where: "assigned_agent_id is null and status <> 'closed'",
    },
    { columns: ['workspace_id', 'visitor_id text_pattern_ops', 'status'] },
    // The conversations of a contact.
    { columns: ['contact_id', 'activity_at', 'id'] },
    // Who waits at a widget or a channel, oldest first: few at a time, so that it costs nearly nothing.
    {
      columns: [source, 'opened_at', 'id'],
      where: "status = 'open' and assigned_agent_id is null and flow_run_id is null",
    },
    // What waits for an answer, longest first.
    { columns: ['workspace_id', 'unanswered_since', 'id'], present: ['unanswered_since'], where: "status = 'open'" },
  ],
})

/** A row for each tag of each conversation, with what a list filtered by tag asks and sorts by. */
type TagRow = {
  readonly conversationId: string
  readonly tag: string
  readonly workspaceId: string
  readonly assignedAgentId: string | null
  readonly channel: string
  readonly sourceId: string | null
  readonly status: string
  readonly activityAt: string
}

const tags = table<TagRow>({
  name: 'conversation_tags',
  columns: {
    conversationId: 'uuid',
    tag: 'text',
    workspaceId: 'uuid',
    assignedAgentId: 'uuid?',
    channel: 'text',
    sourceId: 'uuid?',
    status: 'text',
    activityAt: 'timestamptz',
  },
  key: ['conversationId', 'tag'],
  indexes: [
    {
      columns: [
        ...['workspace_id', 'tag', 'status', 'activity_at', 'conversation_id'],
        ...['assigned_agent_id', 'channel', 'source_id'],
      ],
    },
    {
      columns: [
        ...['workspace_id', 'tag', 'assigned_agent_id', 'status', 'activity_at', 'conversation_id'],
        ...['channel', 'source_id'],
      ],
      present: ['assigned_agent_id'],
    },
  ],
})

const facets = table<FacetRow>({
  name: 'conversation_facets',
  columns: {
    workspaceId: 'uuid',
    assignee: 'text',
    tag: 'text',
    status: 'text',
    channel: 'text',
    sourceId: 'text',
    n: 'bigint',
  },
  key: ['workspaceId', 'assignee', 'tag', 'status', 'channel', 'sourceId'],
  sums: ['n'],
})

const fold = folding(foldConversation)

/** The agents' list of conversations. */
export const inbox: Projection = {
  name: 'inbox',
  version: 4,
  tables: [conversations, tags, assignments, facets],
  parts: [
    part<ConversationRow>({
      noun: 'conversation',
      state: conversations,
      changes: {
        ConversationStarted: fold,
        MessageSent: fold,
        MessagesRead: fold,
        ConversationAssigned: assigned,
        ConversationUnassigned: fold,
        ConversationTagged: fold,
        ConversationUntagged: fold,
        ConversationParked: fold,
        ConversationResumed: fold,
        ConversationClosed: fold,
        ConversationReopened: fold,
        NoteAdded: fold,
        FileUploaded: fold,
        MessageRelayed: fold,
        MessageDelivered: fold,
        MessageUndeliverable: fold,
        ConversationFlowStarted: fold,
        ConversationFlowEnded: fold,
        ConversationErased: fold,
        ConversationRated: fold,
      },
      settle: (before, after) => [...tagOps(before, after), ...facetOps(before, after)],
    }),
  ],
}

function tagOps(before: ConversationRow | undefined, after: ConversationRow): Op[] {
  const gone = (before?.tags ?? []).filter((tag) => !after.tags.includes(tag))
  const stale = before === undefined || before.activityAt !== after.activityAt || !sameFacets(before, after)
  const { id: conversationId, workspaceId, assignedAgentId, channel, status, activityAt } = after
  const sourceId = sourceOf(after)
  return [
    ...gone.map((tag) => drop(tags, { conversationId, tag })),
    ...(stale ? after.tags : []).map((tag) =>
      put(tags, { conversationId, tag, workspaceId, assignedAgentId, channel, sourceId, status, activityAt }),
    ),
  ]
}

function facetOps(before: ConversationRow | undefined, after: ConversationRow): Op[] {
  if (before !== undefined && sameFacets(before, after)) return []
  const rows = [...(before === undefined ? [] : facetsOf(before, -1)), ...facetsOf(after, 1)]
  return rows.map((row) => add(facets, row))
}
