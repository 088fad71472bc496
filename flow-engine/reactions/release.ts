import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'
import type { Assigner } from './assign.ts'

/** So long may somebody who looked an agent up before he was removed still assign something to him. */
const stragglersMs = 3000

/** What removed agents still have goes back to where it waits, also when whoever removed them died before that was done. */
export function releaseReactions(assigner: Pick<Assigner, 'routeOnce'>, patience: Patience): Reactions {
  return {
    AgentRemoved: async ({ meta: { workspaceId } }) => {
      for (const waitMs of [0, stragglersMs]) {
        await pause(waitMs, patience.signal)
        while ((await patiently(() => assigner.routeOnce(workspaceId), patience)).again);
      }
    },
  }
}
