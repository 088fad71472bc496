import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { statisticsQueries } from '../../schemas/statistics.ts'
import { conversationStats, messageStats } from '../statistics/statistics.query.ts'
import { adminWidgets, widgetStats } from '../statistics/widget-use.query.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** The admin's figures. */
export function statisticsBindings({ reader, positions, now }: Sources, publicUrl: string): Binding[] {
  return [
    bind(statisticsQueries.conversations, async ({ caller, waitFor }) => {
      await positions.passed(['statistics', 'directory'], waitFor)
      return { status: 200, body: await conversationStats(reader, ownWorkspace(caller), now()) }
    }),
    bind(statisticsQueries.messages, async ({ caller, waitFor }) => {
      await positions.passed(['statistics', 'directory'], waitFor)
      return { status: 200, body: await messageStats(reader, ownWorkspace(caller), now()) }
    }),
    bind(statisticsQueries.widgets, async ({ caller, waitFor }) => {
      await positions.passed(['statistics', 'directory'], waitFor)
      const asking = { workspaceId: ownWorkspace(caller), now: now(), publicUrl }
      return { status: 200, body: await widgetStats(reader, asking) }
    }),
    bind(statisticsQueries.adminWidgets, async ({ caller, waitFor }) => {
      await positions.passed(['statistics', 'directory'], waitFor)
      const asking = { workspaceId: ownWorkspace(caller), now: now(), publicUrl }
      return { status: 200, body: await adminWidgets(reader, asking) }
    }),
  ]
}
