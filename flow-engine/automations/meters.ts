import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Depth } from '../../infra/runtime/jobs/queue.ts'
import { queueGauges } from '../queue-gauges.ts'

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

export function createAutomationMeters(registry: Registry): AutomationMeters {
  const registers = [registry]
  const { countWith } = queueGauges(registry, {
    prefix: 'automation',
    jobs: 'Runs of automations',
    command: 'make automations',
  })
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames, registers })
  return {
    runs: counter('automation_runs_total', 'Runs that came to their end, by how', ['outcome'] as const),
    tooDeep: counter(
      'parley_automations_too_deep_total',
      'Loops of flows and automations that set each other off, and were ended',
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
    countWith,
  }
}
