import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { type Patience, patiently } from '../patience.ts'

interface Page {
  data: { id: string }[]
  nextCursor: string | null
}

export interface RetainOptions {
  /** Workspaces that keep contacts for a time only; asked anew each time. */
  workspaces: () => AsyncIterable<{ id: string; retentionDays: number | null }>
  /** GET /internal/workspaces/{id}/stale-contacts */
  stale: ServiceCall<Page>
  /** DELETE /api/contacts/{id} */
  erase: ServiceCall<unknown>
  logger: Logger
  everyMs: number
  now: () => number
  patience: Patience
}

const pageSize = 100
const dayMs = 86_400_000
/** What fails so often waits for the next round. */
const tries = 6

/** Erases contacts who have shown no activity for longer than their workspace keeps them: now, and then once in a while. */
export async function retain(options: RetainOptions): Promise<void> {
  const { workspaces, everyMs, now, logger, patience } = options
  const { signal } = patience
  while (!signal.aborted) {
    for await (const { id, retentionDays } of workspaces()) {
      if (retentionDays === null) continue
      const before = new Date(now() - retentionDays * dayMs).toISOString()
      try {
        const erased = await eraseStale(id, before, options)
        if (erased > 0) logger.info({ workspaceId: id, erased }, 'erased contacts whose time was over')
      } catch (error) {
        signal.throwIfAborted()
        logger.error({ error, workspaceId: id }, 'contacts whose time is over could not all be erased')
      }
    }
    await pause(everyMs, signal)
  }
}

async function eraseStale(
  workspaceId: string,
  before: string,
  { stale, erase, patience }: RetainOptions,
): Promise<number> {
  const caller = { kind: 'system', id: 'flow-engine', workspaceId } as const
  const some = { ...patience, tries }
  let erased = 0
  let cursor: string | undefined
  do {
    const query = { before, limit: pageSize, cursor }
    const { body } = await patiently(() => stale({ caller, params: { id: workspaceId }, query }), some)
    for (const { id } of body.data) {
      await patiently(() => erase({ caller, params: { id }, timeoutMs: 60_000 }).catch(unlessGone), some)
      erased += 1
    }
    cursor = body.nextCursor ?? undefined
  } while (cursor !== undefined)
  return erased
}

/** Somebody else was quicker. */
function unlessGone(error: unknown): void {
  if (error instanceof Rejection && (error.code === 'not-found' || error.code === 'contact-erased')) return
  throw error
}
