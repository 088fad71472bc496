import type { Analytics } from '../../schemas/analytics.ts'
import type { Calendar } from '../statistics/calendar.ts'
import { heatmapOf } from './heatmap.ts'
import { classesOf, percentileOf, type Timed } from './percentiles.ts'
import { type Read, seriesMeasures, totalMeasures } from './rows.ts'
import { csatOf, meanOf, meansOf, messagesOf, secondsOf } from './shares.ts'

/** The answer, of what was read. */
export function analyticsOf(timeZone: string, calendar: Calendar, rows: Read): Analytics {
  const { days } = calendar
  return {
    days: days.length,
    timeZone,
    from: new Date(days[0]?.from ?? 0).toISOString(),
    to: new Date(days.at(-1)?.to ?? 0).toISOString(),
    ...overallOf(rows),
    series: seriesOf(calendar, rows),
    byAgent: agentsOf(rows),
    byChannel: rows.channels.filter(some).map(({ key: channel, ...sums }) => ({ channel, ...trafficOf(sums) })),
    bySource: sourcesOf(rows),
    byTag: rows.tags.filter(some).map((sums) => ({
      tag: sums.key,
      resolved: sums.resolved,
      resolution: meanOf(sums.durationMs, sums.resolved),
    })),
    heatmap: heatmapOf(rows.hours),
  }
}

type Overall = 'totals' | 'firstResponse' | 'automaticResponse' | 'reply' | 'resolution' | 'csat'

function overallOf(rows: Read): Pick<Analytics, Overall> {
  const sums = rows.totals[0] ?? zeros(totalMeasures)
  const { firstResponse, reply, resolution } = meansOf(sums)
  const spread = (figure: Timed) => {
    const classes = classesOf(figure, rows.blocks, rows.edges)
    return { p50: secondsOrNull(percentileOf(classes, 0.5)), p90: secondsOrNull(percentileOf(classes, 0.9)) }
  }
  return {
    totals: {
      started: sums.opened,
      resolved: sums.resolved,
      active: rows.active[0]?.active ?? 0,
      messages: messagesOf(sums),
    },
    firstResponse: { ...firstResponse, ...spread('firstResponse') },
    automaticResponse: meanOf(sums.automaticResponseMs, sums.automaticResponses),
    reply,
    resolution: { ...resolution, ...spread('resolved') },
    csat: {
      ...csatOf(sums),
      scores: { 1: sums.rated1, 2: sums.rated2, 3: sums.rated3, 4: sums.rated4, 5: sums.rated5 },
    },
  }
}

function seriesOf({ days }: Calendar, { series }: Read): Analytics['series'] {
  const byWindow = new Map(series.map((sums) => [sums.window, sums]))
  return days.map(({ date }, window) => {
    const sums = byWindow.get(window) ?? zeros(seriesMeasures)
    return { date, started: sums.opened, resolved: sums.resolved, messages: messagesOf(sums) }
  })
}

function agentsOf({ agents, names }: Read): Analytics['byAgent'] {
  const nameOf = namesOf(names)
  return agents.filter(some).map((sums) => ({
    agentId: sums.key,
    name: nameOf(sums.key),
    messages: sums.agentMessages,
    resolved: sums.resolved,
    ...meansOf(sums),
    csat: csatOf(sums),
  }))
}

/** Their key is `<channel type>/<id>`. */
function sourcesOf({ sources, names }: Read): Analytics['bySource'] {
  const nameOf = namesOf(names)
  return sources.filter(some).map(({ key, ...sums }) => {
    const [channel = '', id = ''] = key.split('/')
    return { sourceId: id === '' ? null : id, channel, name: nameOf(id), ...trafficOf(sums) }
  })
}

type Traffic = Omit<Read['channels'][number], 'key'>

function trafficOf(sums: Traffic) {
  return {
    started: sums.opened,
    resolved: sums.resolved,
    messages: messagesOf(sums),
    ...meansOf(sums),
    csat: csatOf(sums),
  }
}

function namesOf(names: Read['names']): (id: string) => string | null {
  const byId = new Map(names.map(({ id, name }) => [id, name]))
  return (id) => byId.get(id) ?? null
}

/** What happened in the days at an edge but outside of the window leaves sums of 0. */
function some({ window: _, key, ...sums }: { window: number; key: string } & Record<string, number | string>): boolean {
  return Object.values(sums).some((sum) => sum !== 0)
}

function zeros<M extends string>(measures: readonly M[]): Record<M, number> {
  return Object.fromEntries(measures.map((measure) => [measure, 0])) as Record<M, number>
}

function secondsOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : secondsOf(ms)
}
