import type { AdminWidget, WidgetStats } from '../../schemas/statistics.ts'
import type { Reader } from '../reader.ts'
import { widgetsOf } from '../widgets/widgets.query.ts'
import { meanMinutes } from './rates.ts'
import { snapshot } from './snapshot.ts'
import { type SumRow, sumsSql } from './sums.ts'
import { timeZoneOf } from './time-zone.ts'
import { boundariesAt, sumsIn } from './windows.ts'

interface Asking {
  workspaceId: string
  now: Date
  /** For the embed codes. */
  publicUrl: string
}

export async function widgetStats(reader: Reader, asking: Asking): Promise<WidgetStats> {
  const widgets = await adminWidgets(reader, asking)
  return {
    totalWidgets: widgets.length,
    activeWidgets: widgets.filter(({ active }) => active).length,
    widgets: widgets.map(({ id: widgetId, name, conversationsToday, avgResponseTime }) => {
      return { widgetId, name, conversationsToday, avgResponseTime }
    }),
  }
}

/** Every widget with its use. */
export async function adminWidgets(reader: Reader, { workspaceId, now, publicUrl }: Asking): Promise<AdminWidget[]> {
  const widgets = await widgetsOf(reader, workspaceId, publicUrl)
  const useOf = await widgetUse(reader, workspaceId, now)
  return widgets.map((widget) => ({ ...widget, ...useOf(widget.id) }))
}

const measures = ['opened', 'replies', 'replyMs'] as const

type Use = Omit<AdminWidget, keyof Awaited<ReturnType<typeof widgetsOf>>[number]>

async function widgetUse(reader: Reader, workspaceId: string, now: Date): Promise<(id: string) => Use> {
  const boundaries = boundariesAt(now, await timeZoneOf(reader, workspaceId))
  const { sums, sources } = await snapshot<{
    sums: SumRow<(typeof measures)[number]>
    sources: { sourceId: string; conversations: number; lastOpenedAt: string }
  }>(reader, workspaceId, {
    sums: sumsSql({ dimension: 'source', boundaries, measures }),
    sources: `select source_id as "sourceId", conversations, last_opened_at as "lastOpenedAt"
      from read.statistics_sources where workspace_id = :workspaceId`,
  })
  return (id) => {
    const own = sums.filter(({ key }) => key.endsWith(`/${id}`))
    const source = sources.find(({ sourceId }) => sourceId === id)
    return {
      conversationsTotal: source?.conversations ?? 0,
      conversationsToday: sumsIn(own, 'opened').today,
      avgResponseTime: meanMinutes(sumsIn(own, 'replyMs').now, sumsIn(own, 'replies').now),
      lastConversationAt: source === undefined ? null : new Date(source.lastOpenedAt).toISOString(),
    }
  }
}
