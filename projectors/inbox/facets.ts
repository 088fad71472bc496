import type { ConversationRow } from './fold.ts'

/**
 * How many conversations a workspace has of each status, for every combination of agent, widget and tag; an empty text stands for
 * any. So the total of every filtered list is a sum of at most three rows.
 */
export type FacetRow = {
  readonly workspaceId: string
  readonly agentId: string
  readonly widgetId: string
  readonly tag: string
  readonly status: string
  readonly n: number
}

/** The counters in which a conversation is counted; `by` is 1 to count it, -1 to count it no more. */
export function facetsOf(row: ConversationRow, by: number): FacetRow[] {
  const agents = row.assignedAgentId === null ? [''] : ['', row.assignedAgentId]
  const widgets = row.widgetId === null ? [''] : ['', row.widgetId]
  const tags = ['', ...row.tags]
  const { workspaceId, status } = row
  return agents.flatMap((agentId) =>
    widgets.flatMap((widgetId) => tags.map((tag) => ({ workspaceId, agentId, widgetId, tag, status, n: by }))),
  )
}

/** Whether two states of a conversation are counted alike. */
export function sameFacets(a: ConversationRow, b: ConversationRow): boolean {
  return a.status === b.status && a.assignedAgentId === b.assignedAgentId && a.tags.join('\n') === b.tags.join('\n')
}
