import type { Registry } from 'prom-client'
import type { Depth } from '../infra/runtime/jobs/queue.ts'
import { AskedGauges } from './asked-gauges.ts'

export interface QueueWords {
  /** How the names of the gauges begin: `flow` makes flow_jobs_ready. */
  prefix: string
  /** What a job is, for people: "Jobs of flows". */
  jobs: string
  /** The command that looks after those that were given up. */
  command: string
}

const nothing: Depth = { ready: 0, active: 0, delayed: 0, dead: 0, oldestMs: 0 }

/** How much there is to do in a queue of Redis. */
export function queueGauges(registry: Registry, { prefix, jobs, command }: QueueWords): AskedGauges<Depth> {
  const gauges = new AskedGauges(registry, nothing)
  gauges.add(`${prefix}_jobs_ready`, `${jobs} that could be done now`, ({ ready }) => ready)
  gauges.add(`${prefix}_jobs_active`, `${jobs} that are being done`, ({ active }) => active)
  gauges.add(
    `${prefix}_jobs_delayed`,
    `${jobs} whose time, or that of their next try, has not come`,
    (depth) => depth.delayed,
  )
  gauges.add(`${prefix}_dead_letters`, `${jobs} that nobody tries any more (${command})`, ({ dead }) => dead)
  gauges.add(
    `${prefix}_oldest_job_seconds`,
    'How long the oldest has waited that could be done now',
    ({ oldestMs }) => Math.round(oldestMs) / 1000,
  )
  return gauges
}
