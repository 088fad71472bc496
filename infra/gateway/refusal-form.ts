import type { IncomingMessage } from 'node:http'
import type { Dialect, Route } from '../../schemas/route.ts'

/** Everything below these belongs to another system's API, also what does not exist there (API.md, "The one model behind all"). */
const areas: readonly [path: string, dialect: Dialect][] = [
  ['/api/v1/chat', 'site-chat'],
  ['/platform', 'chatbot-platform'],
  ['/chat-widget', 'chatbot-platform'],
]

/** In whose form a request is refused before a route was found for it, by its path alone; undefined for ours. */
export function refusalForms(routes: readonly Route[]): (request: IncomingMessage) => Dialect | undefined {
  const known = [...areas, ...routes.flatMap(areaOf)]
  return ({ url = '/' }) => {
    const path = url.split('?', 1)[0] ?? '/'
    return known.find(([area]) => path === area || path.startsWith(`${area}/`))?.[1]
  }
}

/** What of a dialect's path is the same for all its resources. */
function areaOf({ path, dialect }: Route): [string, Dialect][] {
  return dialect === undefined ? [] : [[path.replace(/\/(\{.*)?$/, ''), dialect]]
}
