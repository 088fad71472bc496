import Type from 'typebox'
import type { Config } from '../../infra/runtime/config.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { RecordedOccasion } from '../../schemas/automation/occasion.ts'
import { TriggerRules, UnansweredList } from '../../schemas/automation/resource.ts'
import { automationRoutes as routes } from '../../schemas/automation/routes.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import type { Actions } from '../actions/actions.ts'
import { type Checkpoints, keepSaved } from '../checkpoint.ts'
import { createFactsOf } from '../facts.ts'
import { type Patience, patiently, together } from '../patience.ts'
import { Progress } from '../progress.ts'
import type { Office } from '../queue-office.ts'
import { follow } from '../reactor.ts'
import type { AutomationJob } from './job.ts'
import { createJudge, type Rule } from './judge.ts'
import { Ledger } from './ledger.ts'
import type { AutomationMeters } from './meters.ts'
import { watchSilence } from './no-reply.ts'
import { automationReactions } from './reactions.ts'
import { Rules } from './rules.ts'
import { isOver, ruleIn } from './runs.ts'

export interface AutomationOptions {
  config: Config
  log: EventLog
  logger: Logger
  meters: AutomationMeters
  commandApi: Service
  queryApi: Service
  checkpoints: Checkpoints
  actions: Actions
}

/** Rules on what happens (document D). */
export interface Automations {
  /** Does runs that have been set off, by whichever process, until the signal aborts; hands back what is not done by then. */
  work(patience: Patience): Promise<void>
  /** Sees what sets rules off; one process at a time. `head`: where the log ended when it took over. */
  lead(head: LogPosition | undefined, patience: Patience): Promise<void>
}

const checkpoint = 'automations'
/** There since an automation was set off for the first time. */
const opened = 'automations office'
/** How soon another process begins to work as well. */
const joinMs = 5000
/** As long as timers go: 24 days. */
const longMs = 2 ** 31 - 1
/** Most that may be owed at a time: webhooks that do not answer must not hold up the others. */
const mostOwed = 20_000

/**
 * Where no automation was ever set off, neither queue nor Redis is touched: they cost memory that most installations need not spend.
 */
export function createAutomations(options: AutomationOptions): Automations {
  const { config, log, logger, meters, commandApi, queryApi, checkpoints, actions } = options
  let office: Promise<Office> | undefined
  const factsOf = createFactsOf(log)

  const ledger = new Ledger({
    desk: () => open(),
    isOver: (job) => isOver(log, job),
    meters,
    logger,
    now: Date.now,
  })
  const openFirst = async (): Promise<Office> => {
    const { openOffice } = await import('./office.ts')
    return openOffice({
      ...{ config, log, logger, meters, actions, factsOf, now: Date.now },
      finish: serviceCall(commandApi, routes.finish, Type.Unknown()),
      ended: (runId) => ledger.ended(runId),
    })
  }
  const isOpen = new AbortController()
  const open = (): Promise<Office> => {
    office ??= openFirst().then(
      (office) => {
        isOpen.abort()
        return office
      },
      (error: unknown) => {
        office = undefined
        throw error
      },
    )
    return office
  }
  /** Resolves once there is something to do, or the signal aborts. */
  const untilOpened = async (patience: Patience): Promise<void> => {
    const either = AbortSignal.any([patience.signal, isOpen.signal])
    while (!either.aborted) {
      if ((await patiently(() => checkpoints.load(opened), patience)) !== undefined) return
      await pause(joinMs, either)
    }
  }

  return {
    async work(patience) {
      const { signal } = patience
      try {
        // It need not be the one that leads, and may be there before that.
        await patiently(() => checkpoints.create(), patience)
        await untilOpened(patience)
        if (signal.aborted) return
        await patiently(open, patience)
        while (!signal.aborted) await pause(longMs, signal)
      } finally {
        await (await office)?.close()
      }
    },

    async lead(head, patience) {
      const { signal } = patience
      const after = await patiently(() => checkpoints.load(checkpoint), patience)
      if (after === undefined && head !== undefined) await patiently(() => checkpoints.save(checkpoint, head), patience)
      const progress = new Progress(after ?? head, mostOwed)
      const rules = new Rules(serviceCall(queryApi, routes.triggers, TriggerRules))
      const unanswered = serviceCall(queryApi, routes.unanswered, UnansweredList)
      const record = serviceCall(commandApi, routes.judge, RecordedOccasion)
      const judge = createJudge({ log, logger, meters, factsOf, record })
      const owe = async (job: AutomationJob): Promise<{ over: Promise<void> }> => {
        if (!isOpen.signal.aborted) {
          await patiently(() => checkpoints.save(opened, head ?? { commit: 0n, prepare: 0n }), patience)
          await patiently(open, patience)
        }
        return { over: ledger.owe(job) }
      }
      const following = together(signal, (signal) => {
        const own = { ...patience, signal }
        return [
          follow({
            log,
            logger,
            nouns: ['conversation', 'automation'],
            reactions: automationReactions({ rules, judge, settle: async (job) => (await owe(job)).over }, own),
            progress,
            signal,
          }),
          keepSaved(checkpoints, { name: checkpoint, progress, logger, signal }),
          watchSilence({
            ...{ unanswered, judge, owe },
            rule: (id) => ruleNow(id),
            everyMs: config.automationNoReplyMs,
            patience: own,
          }),
          watchLedger(own),
        ]
      })
      await following.finally(() => ledger.handOver())
    },
  }

  async function ruleNow(id: string): Promise<Rule | undefined> {
    const found = await ruleIn(log, id)
    if (found === undefined) return undefined
    const { facts, revision } = found
    return { ...facts, revision, actions: facts.actions.map(({ type }) => type) }
  }

  async function watchLedger(patience: Patience): Promise<void> {
    await untilOpened(patience)
    if (patience.signal.aborted) return
    await ledger.watch(await patiently(open, patience), patience.signal)
  }
}
