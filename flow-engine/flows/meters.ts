import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Depth } from '../../infra/runtime/jobs/queue.ts'
import { queueGauges } from '../queue-gauges.ts'

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

export function createFlowMeters(registry: Registry): FlowMeters {
  const registers = [registry]
  const { countWith } = queueGauges(registry, { prefix: 'flow', jobs: 'Jobs of flows', command: 'make flows' })
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
    countWith,
  }
}
