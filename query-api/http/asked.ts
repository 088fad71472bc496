import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { Caller } from '../../schemas/caller.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Positions } from '../positions.ts'
import type { Reader } from '../reader.ts'
import { instantOf } from '../replay/instant.ts'
import { type Replayed, replay } from '../replay/replay.ts'
import { notFound, workspaceOf } from '../visibility.ts'

/** What the handlers need. */
export interface Sources {
  reader: Reader
  positions: Positions
  log: EventLog
  now: () => Date
}

/** The conversation at the instant that `at` names, for those who may look back: the workspace's agents. */
export async function replayFor(log: EventLog, caller: Caller, id: string, at: string | undefined): Promise<Replayed> {
  const own = workspaceOf(caller)
  if (own === undefined) throw new Rejection('forbidden', 'Only agents may ask for an earlier state with at.')
  const replayed = await replay(log, id, at === undefined ? undefined : instantOf(at))
  if (replayed === undefined || replayed.workspaceId !== own) throw notFound()
  return replayed
}
