import type { IncomingMessage } from 'node:http'
import { invalid } from '../../../infra/runtime/http/problem.ts'
import type { Caller } from '../../../schemas/caller.ts'
import { HubQuery, hubPath } from '../../../schemas/realtime/hub.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkParametersOf } from '../../../schemas/validator.ts'
import type { Negotiated, Negotiation } from './negotiation.ts'

/** What the address of a request to the hub says. */
export interface Address {
  path: 'hub' | 'negotiate'
  query: URLSearchParams
  conversation: HubQuery
  /** What its `id` stands for; undefined without one. */
  negotiated: Negotiated | undefined
}

const check = checkParametersOf(HubQuery)

/** Throws Rejection for what is not the hub's, for wrong parameters, and for an `id` that is not the caller's. */
export function readAddress(request: IncomingMessage, caller: Caller, negotiation: Negotiation): Address {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://realtime')
  const path = paths.get(pathname.replace(/\/$/, ''))
  if (path === undefined) throw new Rejection('not-found', 'There is nothing at this path')
  const checked = check({ ...asked(query, 'conversationId'), ...asked(query, 'after') })
  if (!checked.ok) throw invalid(checked.errors)
  const id = query.get('id')
  const negotiated = id === null ? undefined : negotiation.read(id, caller)
  if (id !== null && negotiated === undefined) {
    throw new Rejection('not-found', 'There is no such connection: negotiate anew')
  }
  return { path, query, conversation: checked.value, negotiated }
}

const paths = new Map<string, Address['path']>([
  [hubPath, 'hub'],
  [`${hubPath}/negotiate`, 'negotiate'],
])

export const isHubPath = (url: string) => paths.has((url.split('?', 1)[0] ?? '').replace(/\/$/, ''))

function asked(query: URLSearchParams, name: string): Record<string, string> {
  const value = query.get(name)
  return value === null || value === '' ? {} : { [name]: value }
}
