import { exampleOf } from '../../schemas/openapi-examples.ts'
import type { Route } from '../../schemas/route.ts'
import type { Place } from './place.ts'

export interface Prepared {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}

type Ids = Place['ids']

/** Whose id `{id}` is, by the beginning of the path; the longest that fits. */
const owners: readonly (readonly [string, keyof Ids])[] = [
  ['/api/conversations/', 'conversation'],
  ['/api/contacts/', 'contact'],
  ['/api/widgets/', 'widget'],
  ['/api/channels/', 'channel'],
  ['/api/webhooks/', 'webhook'],
  ['/api/agents/', 'agent'],
  ['/api/automations/', 'automation'],
  ['/api/api-keys/', 'apiKey'],
  ['/platform/api/conversations/', 'conversation'],
  ['/chat-widget/history/', 'conversation'],
  ['/chat-flow/flows/', 'flow'],
  ['/chat-flow/templates/', 'template'],
  ['/chat-flow/nodes/', 'node'],
  ['/chat-flow/edges/', 'edge'],
  ['/chat-flow/runs/', 'flowRun'],
]

/** Ids by the name of a field, in paths, queries and bodies. */
const named: Readonly<Record<string, keyof Ids>> = {
  messageId: 'message',
  fileId: 'file',
  deliveryId: 'delivery',
  conversation_id: 'conversation',
  conversationId: 'conversation',
  agentId: 'agent',
  widgetId: 'widget',
  channelId: 'channel',
  contactId: 'contact',
  assignee: 'agent',
  flow: 'flow',
  flowId: 'flow',
  start_template: 'template',
  template_id: 'template',
}

/** Ids of the example of a graph, which a place has its own for. */
const ofGraph: Readonly<Record<string, keyof Ids>> = { 'node-2': 'node', 'edge-1': 'edge' }

/**
 * Whether a request to this route names anything of a workspace: then a stranger's is refused, else it is about his own. A flow of his own
 * that names a stranger's template is no good flow (400), as if there were no such template, and a widget that names his flow no good widget.
 */
export function namesSomething(route: Route): boolean {
  return (
    'id' in route.params.properties ||
    [...Object.keys(route.params.properties), ...idFields(route.body)].some(
      (name) => name in named && name !== 'start_template' && name !== 'flowId',
    )
  )
}

/** A request that fits the route, with the ids of a place wherever it takes one. */
export function prepare(route: Route, { ids, marker }: Place): Prepared {
  const owner = owners.find(([start]) => route.path.startsWith(start))?.[1]
  const fill = (name: string): string => {
    if (name === 'id' && owner !== undefined) return ids[owner]
    if (name === 'external_id') return `user-${marker}`
    const known = named[name]
    return known === undefined ? (name === 'tag' ? marker : String(exampleOf(field(route, name), name))) : ids[known]
  }
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(fill(name)))
  const query = new URLSearchParams()
  const required: readonly string[] = route.query.required ?? []
  for (const name of required) query.set(name, fill(name))
  const search = query.toString()
  const target = { method: route.method, path: search === '' ? path : `${path}?${search}` }
  if (route.takes === 'multipart' && route.body === undefined) {
    const text = '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\nHello\r\n--b--\r\n'
    return { ...target, headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: text }
  }
  if (route.body === undefined) return { ...target, headers: {}, body: undefined }
  const body = replaced(exampleOf(route.body), ids)
  return { ...target, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function field(route: Route, name: string) {
  const found = route.params.properties[name] ?? route.query.properties[name]
  if (found === undefined) throw new Error(`${route.path} has no field ${name}`)
  return found
}

function replaced(value: unknown, ids: Ids, inGraph = false): unknown {
  if (Array.isArray(value)) return value.map((one) => replaced(one, ids, inGraph))
  if (typeof value === 'string') {
    const own = ofGraph[value]
    return own === undefined ? value : ids[own]
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      // What only some may say, or what was not uploaded here, would be refused for another reason.
      .filter(
        ([name]) =>
          inGraph ||
          !['id', 'occurredAt', 'senderType', 'senderId', 'files', 'replyValue', 'whatsappTemplate'].includes(name),
      )
      .map(([name, one]) => {
        const known = named[name]
        if (known !== undefined && typeof one === 'string') return [name, ids[known]]
        return name === 'messageIds'
          ? [name, [ids.message]]
          : [name, replaced(one, ids, inGraph || name === 'flow_data')]
      }),
  )
}

function idFields(body: Route['body']): string[] {
  const { properties = {}, anyOf = [] }: { properties?: object; anyOf?: NonNullable<Route['body']>[] } = body ?? {}
  return [...Object.keys(properties), ...anyOf.flatMap(idFields)]
}
