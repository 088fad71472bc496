import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Depth } from '../../infra/runtime/jobs/queue.ts'

/** What the automations count. */
export interface AutomationMeters {
  runs: Counter<'outcome'>
  tooDeep: Counter
  failures: Counter
  retries: Counter
  dead: Counter
  requeued: Counter
  latency: Histogram
  /** From now on the gauges ask for these; undefined: there is no queue here, and nothing in it. */
  countWith(depth: (() => Promise<Depth>) | undefined): void
  /** Runs that have been set off, and have not come to their end. */
  owed: Gauge
}

const nothing: Depth = { ready: 0, active: 0, delayed: 0, dead: 0, oldestMs: 0 }

export function createAutomationMeters(registry: Registry): AutomationMeters {
  const registers = [registry]
  let depth: (() => Promise<Depth>) | undefined
  const gauge = (name: string, help: string, value: (depth: Depth) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        // Without Redis nobody can tell, which must not keep the other figures from whoever reads them.
        const found = depth === undefined ? nothing : await depth().catch(() => undefined)
        this.set(found === undefined ? Number.NaN : value(found))
      },
    })
  gauge('automation_jobs_ready', 'Runs of automations that could be done now', ({ ready }) => ready)
  gauge('automation_jobs_active', 'Runs of automations that are being done', ({ active }) => active)
  gauge('automation_jobs_delayed', 'Runs of automations that are to be tried again', ({ delayed }) => delayed)
  gauge('automation_dead_letters', 'Runs of automations that nobody tries any more', ({ dead }) => dead)
  gauge(
    'automation_oldest_job_seconds',
    'How long the oldest run has waited that could be done now',
    ({ oldestMs }) => Math.round(oldestMs) / 1000,
  )
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames, registers })
  return {
    runs: counter('automation_runs_total', 'Runs that came to their end, by how', ['outcome'] as const),
    tooDeep: counter(
      'parley_automations_too_deep_total',
      'Runs that were not done since flows and automations set each other off',
    ),
    failures: counter('automation_failures_total', 'Tries of a run that failed'),
    retries: counter('automation_put_off_total', 'Tries of a run that were put off, since something of ours was away'),
    dead: counter('automation_dead_total', 'Runs that were given up'),
    requeued: counter('automation_requeued_total', 'Runs that Redis may have lost, and that were queued again'),
    owed: new Gauge({ name: 'automation_runs_owed', help: 'Runs set off that have not come to their end', registers }),
    latency: new Histogram({
      name: 'automation_latency_seconds',
      help: 'From the event to the end of the run that it set off',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300],
      registers,
    }),
    countWith(asked) {
      depth = asked
    },
  }
}
