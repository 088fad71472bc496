import type { Measure } from '../../projectors/statistics/fold.ts'
import type { Analytics } from '../../schemas/analytics.ts'
import type { Reader } from '../reader.ts'
import { type Calendar, lastDays } from '../statistics/calendar.ts'
import { snapshot } from '../statistics/snapshot.ts'
import { sumsSql, type Wanted } from '../statistics/sums.ts'
import { timeZoneOf } from '../statistics/time-zone.ts'
import { analyticsOf } from './answer.ts'
import { hoursSql } from './heatmap.ts'
import { blocksSql, edgesSql } from './percentiles.ts'
import { agentMeasures, type Rows, seriesMeasures, tagMeasures, totalMeasures, trafficMeasures } from './rows.ts'

/** The figures of a workspace's last days, today included, all of one instant. */
export async function analytics(
  reader: Reader,
  { workspaceId, now, days }: { workspaceId: string; now: Date; days: number },
): Promise<Analytics> {
  const timeZone = await timeZoneOf(reader, workspaceId)
  const calendar = lastDays(now, timeZone, days)
  const rows = await snapshot<Rows>(reader, workspaceId, queriesOf(calendar))
  return analyticsOf(timeZone, calendar, rows)
}

function queriesOf({ days, spans }: Calendar): Record<keyof Rows, string> {
  const [from, to] = [days[0]?.from ?? 0, days.at(-1)?.to ?? 0]
  const whole = (wanted: Omit<Wanted<Measure>, 'boundaries'>) => sumsSql({ ...wanted, boundaries: [from, to] })
  const midnights = [...days.map((day) => day.from), to]
  return {
    series: sumsSql({ dimension: '', boundaries: midnights, measures: seriesMeasures }),
    totals: whole({ dimension: '', measures: totalMeasures }),
    agents: most(whole({ dimension: 'agent', measures: agentMeasures }), '"agentMessages" desc, resolved desc'),
    channels: most(whole({ dimension: 'channel', measures: trafficMeasures }), 'opened desc'),
    sources: most(whole({ dimension: 'source', measures: trafficMeasures }), 'opened desc'),
    tags: most(whole({ dimension: 'tag', measures: tagMeasures }), 'resolved desc'),
    names: ['agents', 'widgets', 'channels']
      .map((table) => `select id::text, name from read.${table} where workspace_id = :workspaceId`)
      .join(' union all '),
    active: 'select active from read.statistics_totals where workspace_id = :workspaceId',
    blocks: blocksSql(from, to),
    edges: edgesSql(from, to),
    hours: hoursSql(spans),
  }
}

/** The first 500: imports may name as many agents and tags as they like. */
function most(sums: string, order: string): string {
  return `select * from (${sums}) sums order by ${order}, key limit 500`
}
