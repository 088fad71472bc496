import type { ConversationRow } from './fold.ts'

/**
 * How many conversations a workspace has of each status, for every combination of assignee, tag, channel and source. The source is the
 * widget or the channel (empty: neither). The assignee is an agent, `none` for nobody, or empty for all; an empty tag stands for all
 * conversations. Of channels and sources there are few, so that any of them is a sum of some rows, and no row of its own: a conversation
 * is counted twice, and twice more for each tag.
 */
export type FacetRow = {
  readonly workspaceId: string
  readonly assignee: string
  readonly tag: string
  readonly status: string
  readonly channel: string
  readonly sourceId: string
  readonly n: number
}

/** The counters in which a conversation is counted; `by` is 1 to count it, -1 to count it no more. */
export function facetsOf(row: ConversationRow, by: number): FacetRow[] {
  const { workspaceId, status, channel } = row
  const sourceId = sourceOf(row) ?? ''
  const tags = ['', ...row.tags]
  return ['', row.assignedAgentId ?? 'none'].flatMap((assignee) =>
    tags.map((tag) => ({ workspaceId, assignee, tag, status, channel, sourceId, n: by })),
  )
}

/** Whether two states of a conversation are counted alike; where it came in never changes. */
export function sameFacets(a: ConversationRow, b: ConversationRow): boolean {
  return a.status === b.status && a.assignedAgentId === b.assignedAgentId && a.tags.join('\n') === b.tags.join('\n')
}

/** Where a conversation came in: its widget or its channel. */
export function sourceOf({ widgetId, channelId }: ConversationRow): string | null {
  return widgetId ?? channelId
}
