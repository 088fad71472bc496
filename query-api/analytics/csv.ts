import { stringify } from 'csv-stringify/sync'
import type { Analytics, AnalyticsTable } from '../../schemas/analytics.ts'

/**
 * One table of the analytics as CSV (RFC 4180), the names of its columns first. A text that a spreadsheet would take for a formula
 * (a tag may be `=…`) gets an apostrophe before it.
 */
export function csvOf(analytics: Analytics, table: AnalyticsTable): string {
  const { lines, columns } = tables[table](analytics)
  return stringify([...lines], {
    header: true,
    columns: Object.entries(columns).map(([header, key]) => ({ header, key })),
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
    escape_formulas: true,
  })
}

/** Columns: the name, and where the value lies in a line. */
interface Table {
  lines: readonly object[]
  columns: Readonly<Record<string, string>>
}

const senders = ['visitor', 'agent', 'ai', 'bot', 'system']
const messages = Object.fromEntries(senders.map((sender) => [`${sender}Messages`, `messages.${sender}`]))
const times = {
  firstResponseSeconds: 'firstResponse.mean',
  firstResponses: 'firstResponse.n',
  replySeconds: 'reply.mean',
  replies: 'reply.n',
  resolutionSeconds: 'resolution.mean',
}
const csat = { csatAverage: 'csat.average', ratings: 'csat.n' }
const sessions = { started: 'started', resolved: 'resolved' }
const traffic = { ...sessions, ...messages, ...times, ...csat }
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const hours = Object.fromEntries(Array.from({ length: 24 }, (_, hour) => [`${hour}:00`, `hours.${hour}`]))

const tables: Readonly<Record<AnalyticsTable, (analytics: Analytics) => Table>> = {
  series: ({ series }) => ({ lines: series, columns: { date: 'date', ...sessions, ...messages } }),
  agents: ({ byAgent }) => ({
    lines: byAgent,
    columns: { agentId: 'agentId', name: 'name', messages: 'messages', resolved: 'resolved', ...times, ...csat },
  }),
  channels: ({ byChannel }) => ({ lines: byChannel, columns: { channel: 'channel', ...traffic } }),
  sources: ({ bySource }) => ({
    lines: bySource,
    columns: { sourceId: 'sourceId', channel: 'channel', name: 'name', ...traffic },
  }),
  tags: ({ byTag }) => ({
    lines: byTag,
    columns: { tag: 'tag', resolved: 'resolved', resolutionSeconds: 'resolution.mean' },
  }),
  heatmap: ({ heatmap }) => ({
    lines: heatmap.map((row, day) => ({ weekday: weekdays[day], hours: row })),
    columns: { weekday: 'weekday', ...hours },
  }),
}
