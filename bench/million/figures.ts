import type { Case } from './queries.ts'
import { agents } from './workspace.ts'

const day = 24 * 3_600_000

/** Of statistics and analytics, and of what a figure of some day rests on. `now` in milliseconds since the epoch. */
export function figureCases(now: number): Case[] {
  const get = (name: string, path: (n: number) => string, most?: number): Case => {
    return { name: `figures: ${name}`, path, ...(most === undefined ? {} : { most }) }
  }
  const dateOf = (n: number) => new Date(now - (2 + (n % 300)) * day).toISOString().slice(0, 10)
  const events = (n: number, figure: string) => `/api/analytics/events?figure=${figure}&date=${dateOf(n)}`
  return [
    get('conversations', () => '/api/admin/conversations/stats', 20),
    get('messages', () => '/api/admin/messages/stats', 20),
    get('each widget', () => '/api/admin/widgets/stats', 20),
    get('widgets', () => '/api/admin/widgets', 20),
    get('analytics of 30 days', () => '/api/analytics?days=30', 20),
    get('analytics of 30 days, CSV', () => '/api/analytics?days=30&format=csv&table=agents', 20),
    get('analytics of 365 days', () => '/api/analytics?days=365'),
    get('events of a day, resolved', (n) => events(n, 'resolved'), 20),
    get('events of a day, messages', (n) => events(n, 'messages'), 20),
    get('events of a day, an agent', (n) => `${events(n, 'firstResponse')}&agentId=${agents[n % agents.length]}`, 20),
    get('events of a day, a channel', (n) => `${events(n, 'started')}&channel=whatsapp`, 20),
  ]
}
