import { partsOf } from '../../query-api/inbox/order.ts'
import { cursorOf } from '../../query-api/page.ts'
import { chanceOf } from './chance.ts'
import { orderOf } from './conversation.ts'
import type { Size } from './load.ts'
import { agents, channelsOf, nameOf, tags, vocabulary, widgets, word } from './workspace.ts'

/** What is asked for, and how fast it should be answered. */
export interface Case {
  name: string
  /** Of the nth request. */
  path(n: number): string
  /** p95 in milliseconds. */
  most?: number
}

/** Of the list and of each filter; of searches; of what an agent reads next. */
export function listCases({ conversations }: Size, now: number, ids: readonly string[]): Case[] {
  const chance = chanceOf(3)
  const at = <T>(choices: readonly T[], n: number) => choices[n % choices.length] ?? choices[0]
  const list = (name: string, query: (n: number) => string): Case => ({
    name: `list: ${name}`,
    path: (n) => `/api/conversations?${query(n)}`,
    most: 20,
  })
  const search = (name: string, words: (n: number) => string, rest = ''): Case => ({
    name: `search: ${name}`,
    path: (n) => `/api/conversations?search=${encodeURIComponent(words(n))}${rest}`,
  })
  const ago = () => new Date(now - chance.below(300 * 24 * 3_600_000)).toISOString()
  const deep = () => cursorOf(partsOf({ sort: 'activity', at: ago(), id: '80000000-0000-4000-8000-000000000000' }))
  return [
    list('all', () => ''),
    list('page 50', () => 'page=50'),
    list('deep cursor', () => `cursor=${deep()}`),
    list('with contacts', () => 'expand=contact&limit=100'),
    list('status open', () => 'status=open'),
    list('status closed', () => 'status=closed'),
    list('an agent', (n) => `assignee=${at(agents, n)}`),
    list('unassigned', () => 'assignee=unassigned'),
    list('waiting queue', () => 'assignee=unassigned&sort=waiting'),
    list('a widget', (n) => `widgetId=${at(widgets, n)}`),
    list('a channel', (n) => `channelId=${at(channelsOf.site, n)}`),
    list('channel type', (n) => `channel_type=${at(['widget', 'site', 'whatsapp', 'api'], n)}`),
    list('a tag', (n) => `tag=${at(tags, n)}`),
    list('tag, agent', (n) => `tag=${at(tags, n)}&assignee=${at(agents, n)}`),
    list('tag, channel type, unassigned', (n) => `tag=${at(tags, n)}&channel_type=whatsapp&assignee=unassigned`),
    list('agent, channel type', (n) => `assignee=${at(agents, n)}&channel_type=whatsapp`),
    list('agent, widget, open', (n) => `assignee=${at(agents, n)}&widgetId=${at(widgets, n)}&status=open`),
    list('nothing found', (n) => `assignee=${at(agents, n)}&channelId=${channelsOf.api[0]}`),
    search('a word that one conversation has', () => orderOf(chance.below(conversations))),
    search('a word that none has', (n) => `qq${n}`),
    search('a seldom word', () => word(vocabulary - 1 - chance.below(20_000))),
    search('a word that 1 in 100 has', () => word(250 + chance.below(300))),
    search('a word that 1 in 5 has', () => word(10 + chance.below(20))),
    search('the commonest words', (n) => word(n % 3)),
    search('two words', () => `${word(20 + chance.below(100))} ${word(20 + chance.below(100))}`),
    search('a word, of an agent', () => word(10 + chance.below(20)), `&assignee=${agents[7]}`),
    search('a contact’s name', () => nameOf(chance)),
    search('the beginning of a name', () => nameOf(chance).slice(0, 4)),
    search('the beginning of a visitor id', () => chance.uuid().slice(0, 6)),
    { name: 'conversation', path: (n) => `/api/conversations/${at(ids, n)}`, most: 20 },
    { name: 'messages', path: (n) => `/api/conversations/${at(ids, n)}/messages`, most: 20 },
  ]
}
