import { type Counted, datesUntil, type Local } from './oracle.ts'

interface Asked {
  now: number
  timeZone: string
  days: number
}

/** What the analytics must answer, lists in the order of their keys, without names and percentiles. */
export function expectedAnalytics(all: readonly Local[], active: number, { now, timeZone, days }: Asked) {
  const dates = datesUntil(now, timeZone, days)
  const inside = within(all, dates)
  const tallied = (of: readonly Counted[]) => ({
    started: only(of, 'started').length,
    resolved: only(of, 'resolved').length,
    messages: bySender(of),
  })
  const traffic = (of: readonly Counted[]) => ({ ...tallied(of), ...means(of), csat: csat(of) })
  return {
    days,
    timeZone,
    totals: { ...tallied(inside), active },
    series: dates.map((date) => ({ date, ...tallied(within(inside, [date])) })),
    ...means(inside),
    automaticResponse: mean(only(inside, 'automaticResponse')),
    byAgent: grouped(inside, ({ agent }) => (agent === null ? [] : [agent])).map(([agentId, own]) => ({
      agentId,
      messages: only(own, 'message').length,
      resolved: only(own, 'resolved').length,
      ...means(own),
      csat: csat(own),
    })),
    byChannel: grouped(inside, ({ channel }) => [channel]).map(([channel, own]) => ({ channel, ...traffic(own) })),
    bySource: grouped(inside, ({ channel, source }) => [`${channel}/${source ?? ''}`]).map(([, own]) => ({
      sourceId: own[0]?.source ?? null,
      channel: own[0]?.channel,
      ...traffic(own),
    })),
    byTag: grouped(inside, ({ tags }) => tags).map(([tag, own]) => ({
      tag,
      resolved: own.length,
      resolution: mean(own),
    })),
    csat: {
      ...csat(inside),
      scores: Object.fromEntries(
        [1, 2, 3, 4, 5].map((score) => [score, only(inside, 'rating').filter(({ value }) => value === score).length]),
      ),
    },
    heatmap: heatmap(only(inside, 'message').filter(({ sender }) => sender === 'visitor')),
  }
}

/** What document A's figures must be. */
export function expectedStats(all: readonly Local[], active: number, { now, timeZone }: Omit<Asked, 'days'>) {
  const last30 = within(all, datesUntil(now, timeZone, 30))
  const before30 = within(all, datesUntil(now, timeZone, 30, 30))
  const today = within(all, datesUntil(now, timeZone, 1))
  const count = (of: readonly Counted[], what: Counted['what']) => only(of, what).length
  const trend = (what: Counted['what']) => percent(count(last30, what), count(before30, what))
  return {
    conversations: {
      totalConversations: new Set(all.map(({ conversationId }) => conversationId)).size,
      activeConversations: active,
      todayConversations: count(today, 'started'),
      avgConversationDuration: minutes(only(last30, 'resolved')),
      conversationTrend: trend('started'),
    },
    messages: {
      totalMessages: count(all, 'message'),
      todayMessages: count(today, 'message'),
      avgResponseTime: minutes(only(last30, 'reply')),
      messageTrend: trend('message'),
    },
    widget: (id: string) => {
      const own = (of: readonly Counted[]) => of.filter(({ source }) => source === id)
      const openings = only(own(all), 'started').map(({ at }) => at)
      return {
        conversationsTotal: new Set(own(all).map(({ conversationId }) => conversationId)).size,
        conversationsToday: count(own(today), 'started'),
        avgResponseTime: minutes(only(own(last30), 'reply')),
        lastConversationAt: openings.length === 0 ? null : new Date(Math.max(...openings)).toISOString(),
      }
    },
  }
}

/** The nearest rank, exactly, in seconds. */
export function exactPercentile(samples: readonly Counted[], share: number): number | null {
  const values = samples.map(({ value }) => value).sort((a, b) => a - b)
  const rank = Math.ceil(values.length * share)
  return values.length === 0 ? null : (values[rank - 1] ?? 0) / 1000
}

export function within(all: readonly Local[], dates: readonly string[]): Local[] {
  const known = new Set(dates)
  return all.filter(({ date }) => known.has(date))
}

export function only<C extends Counted>(all: readonly C[], what: Counted['what']): C[] {
  return all.filter((one) => one.what === what)
}

function bySender(all: readonly Counted[]) {
  const of = (sender: string) => only(all, 'message').filter((one) => one.sender === sender).length
  return { visitor: of('visitor'), agent: of('agent'), ai: of('ai'), bot: of('bot'), system: of('system') }
}

function means(all: readonly Counted[]) {
  return {
    firstResponse: mean(only(all, 'firstResponse')),
    reply: mean(only(all, 'reply')),
    resolution: mean(only(all, 'resolved')),
  }
}

function mean(samples: readonly Counted[]) {
  const n = samples.length
  return { mean: n === 0 ? null : Math.round(total(samples) / n) / 1000, n }
}

function csat(all: readonly Counted[]) {
  const ratings = only(all, 'rating')
  const n = ratings.length
  return { average: n === 0 ? null : Math.round((total(ratings) / n) * 100) / 100, n }
}

function total(samples: readonly Counted[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0)
}

function minutes(samples: readonly Counted[]): number {
  return samples.length === 0 ? 0 : Math.round((total(samples) / samples.length / 60_000) * 10) / 10
}

function percent(now: number, before: number): number {
  if (now === before) return 0
  return before === 0 ? 100 : Math.round(((now - before) / before) * 1000) / 10
}

function grouped(all: readonly Counted[], keysOf: (one: Counted) => string[]): [string, Counted[]][] {
  const keys = [...new Set(all.flatMap(keysOf))].sort()
  return keys.map((key) => [key, all.filter((one) => keysOf(one).includes(key))])
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function heatmap(messages: readonly Local[]): number[][] {
  return weekdays.map((weekday) =>
    Array.from(
      { length: 24 },
      (_, hour) => messages.filter((one) => one.weekday === weekday && one.hour === hour).length,
    ),
  )
}
