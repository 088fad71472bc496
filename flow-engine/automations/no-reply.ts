import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { Unanswered } from '../../schemas/automation/resource.ts'
import { type Patience, patiently } from '../patience.ts'
import type { AutomationJob } from './job.ts'
import type { Happening, Rule } from './judge.ts'

export interface NoReplyOptions {
  /** GET /internal/automations/unanswered */
  unanswered: ServiceCall<{ data: Unanswered[] }>
  /** The rule as it is now; undefined where it is there no more. */
  rule: (id: string) => Promise<Rule | undefined>
  /** Gives what is to be carried out. */
  judge: (happening: Happening) => Promise<AutomationJob[]>
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
export async function watchSilence(options: NoReplyOptions): Promise<void> {
  const { unanswered, everyMs, patience } = options
  const { signal } = patience
  while (!signal.aborted) {
    const { body } = await patiently(() => unanswered({ caller, query: { limit } }), patience)
    await Promise.all(
      body.data.map((one) =>
        settle(options, one).catch((error: unknown) => {
          // It comes again with the next round, and must not keep the others from their turn.
          if (!signal.aborted) patience.failed(error, 1)
        }),
      ),
    )
    await pause(everyMs, signal)
  }
}

async function settle(
  { rule: ruleOf, judge, owe }: NoReplyOptions,
  { automationId, ...about }: Unanswered,
): Promise<void> {
  const rule = await ruleOf(automationId)
  if (rule === undefined) return
  const jobs = await judge({ ...about, trigger: 'no_reply', rules: new Map([[automationId, rule]]) })
  for (const job of jobs) await owe(job)
}
