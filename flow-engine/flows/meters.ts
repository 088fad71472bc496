import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Depth } from '../../infra/runtime/jobs/queue.ts'

/** What the flows count. */
export interface FlowMeters {
  steps: Counter<'type'>
  failures: Counter
  retries: Counter
  dead: Counter
  triggered: Counter<'by'>
  rearmed: Counter<'why'>
  active: Gauge
  stuck: Gauge
  latency: Histogram
  /** From now on the gauges of the queue ask for this; undefined: there is no queue here, and nothing in it. */
  countWith(depth: (() => Promise<Depth>) | undefined): void
}

const nothing: Depth = { ready: 0, active: 0, delayed: 0, dead: 0, oldestMs: 0 }

export function createFlowMeters(registry: Registry): FlowMeters {
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
  gauge('flow_jobs_ready', 'Jobs of flows that could be done now', ({ ready }) => ready)
  gauge('flow_jobs_active', 'Jobs of flows that are being done', ({ active }) => active)
  gauge('flow_jobs_delayed', 'Timers of flows, and jobs that are to be tried again', ({ delayed }) => delayed)
  gauge('flow_dead_letters', 'Jobs that nobody tries any more until somebody says so (make flows)', ({ dead }) => dead)
  gauge(
    'flow_oldest_job_seconds',
    'How long the oldest job has waited that could be done now',
    ({ oldestMs }) => Math.round(oldestMs) / 1000,
  )
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames, registers })
  return {
    steps: counter('flow_steps_total', 'Steps of runs that were done', ['type'] as const),
    failures: counter('flow_job_failures_total', 'Tries that failed'),
    retries: counter('flow_job_retries_total', 'Jobs that were put off since something that they need is away'),
    dead: counter('flow_job_dead_total', 'Jobs that were given up'),
    triggered: counter('flow_triggered_total', 'Runs that were started by themselves', ['by'] as const),
    rearmed: counter('flow_rearmed_total', 'Runs that got a job again', ['why'] as const),
    active: new Gauge({ name: 'flow_runs_active', help: 'Runs that are under way, as of the last round', registers }),
    stuck: new Gauge({
      name: 'flow_runs_stuck',
      help: 'Runs that should have gone on, as of the last round',
      registers,
    }),
    latency: new Histogram({
      name: 'flow_reply_seconds',
      help: 'From a message of the visitor to the answer of the flow',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
      registers,
    }),
    countWith(asked) {
      depth = asked
    },
  }
}
