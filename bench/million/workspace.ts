import type { ParleyEvent } from '../../schemas/catalog.ts'
import type { channels } from '../../schemas/conversation/events.ts'
import { streamOf } from '../../schemas/streams.ts'
import { widgetDefaults } from '../../schemas/widget/events.ts'
import { type Chance, chanceOf, idOf } from './chance.ts'

/** The one workspace that has all of the million: its people, widgets, channels, and what is said there. */
export const workspaceId = idOf('workspace')
export const agents = Array.from({ length: 50 }, (_, n) => idOf(`agent ${n}`))
export const widgets = Array.from({ length: 20 }, (_, n) => idOf(`widget ${n}`))
export const channelsOf = {
  site: [idOf('site 0'), idOf('site 1')],
  webchat: [idOf('webchat 0'), idOf('webchat 1')],
  mobile_sdk: [idOf('mobile 0')],
  whatsapp: [idOf('whatsapp 0')],
  api: [idOf('api 0')],
} satisfies Partial<Record<(typeof channels)[number], string[]>>
export const tags = Array.from({ length: 40 }, (_, n) => `tag-${n}`)

const syllables = 'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu'.split(' ')

/** The nth word of the language that is spoken there; words come the more seldom the greater n is. */
export function word(n: number): string {
  const rest = Math.floor(n / syllables.length)
  return (rest === 0 ? '' : word(rest - 1)) + (syllables[n % syllables.length] ?? '')
}

/** How many words the language has. */
export const vocabulary = 50_000

/** Messages that are sent again and again. */
export function phrases(count: number): string[] {
  const chance = chanceOf(1)
  return Array.from({ length: count }, () => sentence(chance, 3 + chance.below(16)))
}

function sentence(chance: Chance, length: number): string {
  return Array.from({ length }, () => word(chance.seldom(vocabulary))).join(' ')
}

/** Some names are frequent, as names are. */
export function nameOf(chance: Chance): string {
  const [first, last] = [word(900 + chance.seldom(2000)), word(3000 + chance.seldom(40_000))]
  return `${capital(first)} ${capital(last)}`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What there is beside conversations, by stream. */
export function directoryEvents(): { stream: string; event: ParleyEvent }[] {
  return [
    {
      stream: streamOf('workspace', workspaceId),
      event: { type: 'WorkspaceCreated', data: { workspaceId, name: 'Million', timeZone: 'Europe/Berlin' } },
    },
    ...agents.map((agentId, n) => ({
      stream: streamOf('agent', agentId),
      event: {
        type: 'AgentAdded' as const,
        data: { agentId, email: `agent-${n}@million.test`, name: `Agent ${n}`, role: 'agent' as const },
      },
    })),
    ...widgets.map((widgetId, n) => ({
      stream: streamOf('widget', widgetId),
      event: { type: 'WidgetCreated' as const, data: { widgetId, ...widgetDefaults, name: `Widget ${n}` } },
    })),
  ]
}
