import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'

/**
 * An erasure that has begun is finished, whoever began it and whatever died since: every ContactErased of the log has come through here
 * before the checkpoint passes it.
 */
export function eraseReactions(finish: ServiceCall<unknown>, patience: Patience): Reactions {
  return {
    ContactErased: ({ data, meta }) => {
      const caller = { kind: 'system', id: 'flow-engine', workspaceId: meta.workspaceId } as const
      const wish = { caller, params: { id: data.contactId }, timeoutMs: 60_000 }
      return patiently(() => finish(wish).catch(unlessGone), patience)
    },
  }
}

/** One that is not there has nothing left to be erased. */
function unlessGone(error: unknown): void {
  if (error instanceof Rejection && error.code === 'not-found') return
  throw error
}
