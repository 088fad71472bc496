import type { Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Route } from '../../../schemas/route.ts'

/**
 * Throws unless the caller may call the route at all; what of a resource he may see or do is the handler's to say.
 *
 * Our own services (`system`) may call everything: public and system routes as they are, all others for the workspace that they name.
 */
export function demandAccess({ access, scope }: Pick<Route, 'access' | 'scope'>, caller: Caller): void {
  switch (caller.kind) {
    case 'anonymous':
      if (access !== 'public')
        throw new Rejection('unauthenticated', 'This needs a credential: Authorization: Bearer …')
      return
    case 'visitor':
      if (access !== 'public') throw new Rejection('forbidden', 'This is not for visitors')
      return
    case 'agent':
      if (access === 'system') throw new Rejection('forbidden', 'This is for our own services only')
      if (access === 'admin' && caller.role !== 'admin') throw new Rejection('forbidden', 'This is for admins only')
      return
    case 'apiKey':
      if (access === 'system' || scope === undefined) throw new Rejection('forbidden', 'This is not for API keys')
      if (!caller.scopes.includes(scope)) {
        throw new Rejection('forbidden', `This needs an API key with the scope ${scope}`)
      }
      return
    case 'system':
      if (caller.workspaceId === undefined && (access === 'agent' || access === 'admin')) {
        throw new Rejection('forbidden', 'A service must name the workspace for which it calls')
      }
      return
    default:
      caller satisfies never
  }
}
