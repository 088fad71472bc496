import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { Unanswered } from '../../schemas/automation/resource.ts'
import { type Patience, patiently } from '../patience.ts'
import type { AutomationJob } from './job.ts'

export interface NoReplyOptions {
  /** GET /internal/automations/unanswered */
  unanswered: ServiceCall<{ data: Unanswered[] }>
  /** Has it done, some time. */
  owe: (job: AutomationJob) => Promise<unknown>
  everyMs: number
  patience: Patience
}

const caller = { kind: 'system', id: 'flow-engine' } as const
/** Of one automation, in one round. */
const limit = 500

/**
 * Has rules on silence done, now and again. No timers: what is due is asked of the read model, and what is not recorded as done comes
 * again with the next round, whatever was lost in between.
 */
export async function watchSilence({ unanswered, owe, everyMs, patience }: NoReplyOptions): Promise<void> {
  const { signal } = patience
  while (!signal.aborted) {
    const { body } = await patiently(() => unanswered({ caller, query: { limit } }), patience)
    for (const one of body.data) await owe({ ...one, trigger: 'no_reply' })
    await pause(everyMs, signal)
  }
}
