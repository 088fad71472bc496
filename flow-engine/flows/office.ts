import type { Config } from '../../infra/runtime/config.ts'
import { type Office, openQueueOffice } from '../queue-office.ts'
import { queueName } from './job.ts'
import { createWork, type WorkTools } from './work.ts'

export interface FlowOfficeOptions extends Omit<WorkTools, 'queue'> {
  config: Config
}

/** After so long the jobs of a process that died are done by another. */
const lockMs = 5000
/** What the feed brings a second time comes soon after the first. */
const remembered = { seconds: 60, count: 5000 }

/** Where the jobs of flows are queued and done. */
export function openOffice(options: FlowOfficeOptions): Promise<Office> {
  const { config, logger, meters } = options
  return openQueueOffice({
    ...{ config, logger, meters, clients: 'flows', name: queueName, lockMs, remembered },
    attempts: config.flowAttempts,
    concurrency: config.flowConcurrency,
    retryMs: config.flowRetryMs,
    work: (queue) => createWork({ ...options, queue }),
    givenUp: 'a job of a flow was given up: see make flows',
  })
}
