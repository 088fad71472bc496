import { Counter, Histogram, type Registry } from 'prom-client'
import type { Counts } from '../../infra/runtime/jobs/queue.ts'
import { AskedGauges } from '../asked-gauges.ts'

/** What the pushes count. */
export interface PushMeters {
  queued: Counter<'platform'>
  sent: Counter<'platform'>
  skipped: Counter<'why'>
  failures: Counter<'platform'>
  dead: Counter<'platform'>
  dropped: Counter<'platform'>
  age: Histogram
  /** From now on the gauges ask for these; undefined: there is no queue here, and nothing in it. */
  countWith(counts: (() => Promise<Counts>) | undefined): void
}

export function createPushMeters(registry: Registry): PushMeters {
  const registers = [registry]
  const platform = ['platform'] as const
  const gauges = new AskedGauges<Counts>(registry, { waiting: 0, dead: 0 })
  gauges.add('push_waiting', 'Pushes that are to be sent, now or by another try', ({ waiting }) => waiting)
  gauges.add(
    'push_dead_letters',
    'Pushes that nobody tries any more until somebody says so (make push)',
    ({ dead }) => dead,
  )
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers })
  return {
    queued: counter('push_queued_total', 'Pushes queued', platform),
    sent: counter('push_sent_total', 'Pushes that Google or Apple have taken', platform),
    skipped: counter('push_skipped_total', 'Pushes that there was no reason to send', ['why'] as const),
    failures: counter('push_failures_total', 'Tries that failed', platform),
    dead: counter('push_dead_total', 'Pushes that were given up', platform),
    dropped: counter('push_devices_dropped_total', 'Devices dropped, whose token takes no pushes any more', platform),
    age: new Histogram({
      name: 'push_age_seconds',
      help: 'From the message to its push',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600],
      registers,
    }),
    countWith: gauges.countWith,
  }
}
