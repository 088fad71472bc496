import { Counter, Histogram, type Registry } from 'prom-client'
import { AskedGauges } from '../asked-gauges.ts'
import type { Counts } from './outbox.ts'

/** What is counted of messages to WhatsApp. */
export interface WhatsappMeters {
  queued: Counter
  sent: Counter
  failures: Counter<'code'>
  dead: Counter
  age: Histogram
  /** From now on the gauges ask for these. */
  countWith(counts: (() => Promise<Counts>) | undefined): void
}

export function createWhatsappMeters(registry: Registry): WhatsappMeters {
  const registers = [registry]
  const gauges = new AskedGauges<Counts>(registry, { waiting: 0, dead: 0 })
  gauges.add(
    'whatsapp_waiting',
    'Messages that are to be sent to WhatsApp, now or by another try',
    ({ waiting }) => waiting,
  )
  gauges.add(
    'whatsapp_dead_letters',
    'Messages that nobody tries any more until somebody says so (make whatsapp)',
    ({ dead }) => dead,
  )
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  return {
    queued: counter('whatsapp_queued_total', 'Messages queued for WhatsApp'),
    sent: counter('whatsapp_sent_total', 'Messages that WhatsApp has taken, in whole'),
    failures: new Counter({
      name: 'whatsapp_failures_total',
      help: 'Tries that failed, by the code of WhatsApp or of ours',
      labelNames: ['code'] as const,
      registers,
    }),
    dead: counter('whatsapp_dead_total', 'Messages that were given up'),
    age: new Histogram({
      name: 'whatsapp_age_seconds',
      help: 'From the message to when WhatsApp has taken it',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600],
      registers,
    }),
    countWith: gauges.countWith,
  }
}
