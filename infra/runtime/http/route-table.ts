import type { Method } from '../../../schemas/route.ts'
import { invalid } from './problem.ts'

interface Declared {
  readonly method: Method
  /** OpenAPI form: `/api/conversations/{id}`. */
  readonly path: string
}

export type Found<T> =
  | { kind: 'route'; route: T; params: Record<string, string> }
  /** The path exists, the method does not: what would. */
  | { kind: 'method'; allow: string }
  | { kind: 'path' }

export interface RouteTable<T> {
  /** By the path of a URL, still percent-encoded, without its query. Throws Rejection('validation') for broken encoding. */
  find(method: string, path: string): Found<T>
}

interface Node<T> {
  readonly fixed: Map<string, Node<T>>
  open: Node<T> | undefined
  readonly routes: Map<string, { route: T; names: string[] }>
}

/**
 * Declared routes as a tree of path segments, so that finding one costs the length of its path, however many there are. A fixed
 * segment comes before a parameter; a slash at the end makes no difference; HEAD is GET.
 */
export function routeTable<T>(entries: readonly T[], declaredOf: (entry: T) => Declared): RouteTable<T> {
  const root = node<T>()
  for (const entry of entries) add(root, entry, declaredOf(entry))
  return {
    find(method, path) {
      const values: string[] = []
      const end = walk(root, segmentsOf(path), 0, values)
      if (end === undefined) return { kind: 'path' }
      const found = end.routes.get(method === 'HEAD' ? 'GET' : method)
      if (found === undefined) return { kind: 'method', allow: allowOf(end) }
      return { kind: 'route', route: found.route, params: paramsOf(found.names, values) }
    },
  }
}

function node<T>(): Node<T> {
  return { fixed: new Map(), open: undefined, routes: new Map() }
}

function add<T>(root: Node<T>, route: T, { method, path }: Declared): void {
  const names: string[] = []
  let at = root
  for (const segment of segmentsOf(path)) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (name !== undefined) {
      names.push(name)
      at.open ??= node()
      at = at.open
    } else {
      const next = at.fixed.get(segment) ?? node()
      at.fixed.set(segment, next)
      at = next
    }
  }
  if (at.routes.has(method)) throw new Error(`${method} ${path} is declared twice`)
  at.routes.set(method, { route, names })
}

function segmentsOf(path: string): string[] {
  const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
  return path.slice(1, end).split('/')
}

function walk<T>(at: Node<T>, segments: string[], depth: number, values: string[]): Node<T> | undefined {
  const segment = segments[depth]
  if (segment === undefined) return at.routes.size > 0 ? at : undefined
  const fixed = at.fixed.get(segment)
  const found = fixed === undefined ? undefined : walk(fixed, segments, depth + 1, values)
  if (found !== undefined || at.open === undefined || segment === '') return found
  values[depth] = segment
  return walk(at.open, segments, depth + 1, values)
}

function paramsOf(names: string[], values: string[]): Record<string, string> {
  if (names.length === 0) return {}
  const given = values.filter((value) => value !== undefined)
  return Object.fromEntries(names.map((name, index) => [name, decode(name, given[index] ?? '')]))
}

function decode(name: string, value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch (cause) {
    throw Object.assign(invalid([{ path: name, message: `${name} is not validly percent-encoded` }]), { cause })
  }
}

function allowOf<T>({ routes }: Node<T>): string {
  const methods = [...routes.keys(), ...(routes.has('GET') ? ['HEAD'] : []), 'OPTIONS']
  return methods.sort().join(', ')
}
