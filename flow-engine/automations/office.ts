import type { Config } from '../../infra/runtime/config.ts'
import { type Office, openQueueOffice } from '../queue-office.ts'
import { queueName } from './job.ts'
import { createWork, type WorkTools } from './work.ts'

export interface AutomationOfficeOptions extends Omit<WorkTools, 'attempts'> {
  config: Config
}

/** After so long the jobs of a process that died are done by another. */
const lockMs = 10_000
/** What the feed brings a second time comes soon after the first. */
const remembered = { seconds: 3600, count: 20_000 }
/** More than a webhook is tried: what is given up then is a fault of ours, for people to look at. */
const furtherTries = 5

/** Where the runs of automations are queued and done. */
export function openOffice(options: AutomationOfficeOptions): Promise<Office> {
  const { config, logger, meters } = options
  const attempts = config.automationAttempts
  return openQueueOffice({
    ...{ config, logger, meters, clients: 'automations', name: queueName, lockMs, remembered },
    attempts: attempts + furtherTries,
    concurrency: config.automationConcurrency,
    retryMs: config.automationRetryMs,
    work: () => createWork({ ...options, attempts }),
    givenUp: 'a run of an automation was given up: see make automations',
  })
}
