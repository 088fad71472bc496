import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../../schemas/envelope.ts'

/**
 * The figures of DESIGN.md section 9 by plain loops over events, written apart from the projection and the queries: first each session
 * with all that happened in it, then what is to be counted, one by one, then counting what lies in a window.
 */
export interface Counted {
  what: 'started' | 'resolved' | 'message' | 'reply' | 'firstResponse' | 'automaticResponse' | 'rating'
  at: number
  /** Ms, a score; of a message 0. */
  value: number
  eventId: string
  conversationId: string
  sender: string
  agent: string | null
  tags: string[]
  channel: string
  source: string | null
}

type Past = RecordedEach<ConversationEvent>
type Said = { at: number; by: string; from: string; eventId: string }
interface Session {
  id: string
  by: string
  openedAt: number
  said: Said[]
}

export function countedIn(log: readonly Past[]): Counted[] {
  const byStream = new Map<string, Past[]>()
  for (const event of log) byStream.set(event.stream, [...(byStream.get(event.stream) ?? []), event])
  return [...byStream.values()].flatMap(countedInConversation)
}

function countedInConversation(events: readonly Past[]): Counted[] {
  const [first] = events
  if (first?.type !== 'ConversationStarted') throw new Error('a history begins with its start')
  const { conversationId, channel, widgetId, channelId } = first.data
  const found: Counted[] = []
  const sessions: Session[] = []
  let agent: string | null = null
  let tags: string[] = []
  const count = (
    what: Counted['what'],
    at: number,
    value: number,
    event: { id: string },
    more: Partial<Counted> = {},
  ) => {
    const place = { channel, source: widgetId ?? channelId ?? null, conversationId }
    found.push({ what, at, value, eventId: event.id, sender: '', agent: null, tags: [], ...place, ...more })
  }
  for (const event of events) {
    const at = Date.parse(('occurredAt' in event.data ? event.data.occurredAt : undefined) ?? event.meta.at)
    const session = sessions.at(-1)
    if (event.type === 'ConversationStarted' || event.type === 'ConversationReopened') {
      sessions.push({ id: event.data.sessionId, by: event.data.startedBy, openedAt: at, said: [] })
      agent = null
      count('started', at, 0, event)
    }
    if (event.type === 'ConversationAssigned') agent = event.data.agentId
    if (event.type === 'ConversationUnassigned') agent = null
    if (event.type === 'ConversationTagged') tags = [...tags, event.data.tag]
    if (event.type === 'ConversationUntagged') tags = tags.filter((tag) => tag !== event.data.tag)
    if (event.type === 'MessageSent') {
      const { senderType, senderId } = event.data
      session?.said.push({ at, by: senderType, from: senderId, eventId: event.id })
      count('message', at, 0, event, { sender: senderType, agent: senderType === 'agent' ? senderId : null })
    }
    if (event.type === 'ConversationFlowEnded' && ['handed_over', 'timed_out', 'failed'].includes(event.data.outcome)) {
      if (session?.id === event.data.sessionId) session.said.push({ at, by: 'handover', from: '', eventId: event.id })
    }
    if (event.type === 'ConversationClosed' && session !== undefined) {
      count('resolved', at, Math.max(0, at - session.openedAt), event, { agent, tags })
    }
    if (event.type === 'ConversationRated') count('rating', at, event.data.score, event, { agent })
  }
  for (const session of sessions) {
    for (const { what, from, to } of waits(session)) {
      const more = { agent: what === 'automaticResponse' ? null : to.from }
      count(what, to.at, Math.max(0, to.at - from), { id: to.eventId }, more)
    }
  }
  return found
}

type Wait = { what: 'reply' | 'firstResponse' | 'automaticResponse'; from: number; to: Said }

/** Who waited for whom in a session. */
function waits({ by, said }: Session): Wait[] {
  const found: Wait[] = []
  const earliestBefore = (end: number, begin = 0) => {
    const asked = said.slice(begin, end).filter((one) => one.by === 'visitor')
    return asked.length === 0 ? undefined : Math.min(...asked.map(({ at }) => at))
  }
  let unanswered = 0
  for (const [place, to] of said.entries()) {
    if (to.by !== 'agent') continue
    const from = earliestBefore(place, unanswered)
    if (from !== undefined) found.push({ what: 'reply', from, to })
    unanswered = place
  }
  if (by === 'agent') return found
  // A hand-over to humans begins the wait anew.
  const firstBefore = (end: number) => {
    const handover = said.slice(0, end).findLastIndex((one) => one.by === 'handover')
    const since = handover < 0 ? undefined : said[handover]?.at
    const asked = earliestBefore(end, Math.max(0, handover))
    return since === undefined || asked === undefined ? (since ?? asked) : Math.min(since, asked)
  }
  const human = said.findIndex((one, place) => one.by === 'agent' && firstBefore(place) !== undefined)
  const machine = said.findIndex(
    (one, place) => (one.by === 'ai' || one.by === 'bot') && firstBefore(place) !== undefined,
  )
  for (const [what, place] of [
    ['firstResponse', human],
    ['automaticResponse', machine],
  ] as const) {
    const to = said[place]
    const from = firstBefore(place)
    if (to === undefined || from === undefined) continue
    if (what === 'automaticResponse' && human >= 0 && human < machine) continue
    found.push({ what, from, to })
  }
  return found
}

/** Something counted, with what a clock on the wall showed. */
export type Local = Counted & { date: string; weekday: string; hour: number }

export function localised(all: readonly Counted[], timeZone: string): Local[] {
  const clock = clockOf(timeZone)
  return all.map((one) => ({ ...one, ...clock(one.at) }))
}

function clockOf(timeZone: string): (at: number) => Pick<Local, 'date' | 'weekday' | 'hour'> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
    weekday: 'long',
  })
  return (at) => {
    const parts = format.formatToParts(at)
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
    const date = `${part('year')}-${part('month')}-${part('day')}`
    return { date, weekday: part('weekday'), hour: Number(part('hour')) }
  }
}

/** How many conversations are open or pending in the end. */
export function activeIn(log: readonly Past[]): number {
  const closed = new Map<string, boolean>()
  for (const { stream, type } of log) {
    if (type === 'ConversationStarted' || type === 'ConversationReopened') closed.set(stream, false)
    if (type === 'ConversationClosed') closed.set(stream, true)
  }
  return [...closed.values()].filter((one) => !one).length
}

/** So many dates in a row, the last one `daysBefore` the date of `now`. */
export function datesUntil(now: number, timeZone: string, count: number, daysBefore = 0): string[] {
  const [year = 0, month = 1, day = 1] = clockOf(timeZone)(now).date.split('-').map(Number)
  return Array.from({ length: count }, (_, n) => {
    return new Date(Date.UTC(year, month - 1, day - daysBefore - count + 1 + n)).toISOString().slice(0, 10)
  })
}
