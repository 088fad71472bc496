import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Depth } from './lanes-book.ts'

/** What deliveries to webhooks count. */
export interface WebhookMeters {
  /** Tries, by what came of them. */
  tries: Counter<'outcome'>
  /** Of the receiver. */
  answered: Histogram
  /** From the event to its delivery. */
  age: Histogram
  /** From now on the gauges ask for this. */
  countWith(depth: () => Promise<Depth>): void
}

export function createWebhookMeters(registry: Registry): WebhookMeters {
  const registers = [registry]
  let depth: (() => Promise<Depth>) | undefined
  let asking: Promise<Depth | undefined> | undefined
  /** Asked once for all the gauges of one reading. Without Postgres nobody can tell, which must not keep the other figures from anybody. */
  const asked = () => {
    asking ??= (depth?.() ?? Promise.resolve(undefined))
      .catch(() => undefined)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  const gauge = (name: string, help: string, which: keyof Depth) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await asked())?.[which] ?? Number.NaN)
      },
    })
  gauge('webhook_waiting', 'Deliveries to webhooks that have not been tried yet', 'waiting')
  gauge('webhook_retrying', 'Deliveries to webhooks that failed and are tried again', 'retrying')
  gauge('webhook_dead_letters', 'Deliveries that nobody tries any more until somebody says so (make webhooks)', 'dead')
  gauge('webhook_oldest_seconds', 'Age of the oldest delivery that waits or is tried again', 'oldestSeconds')
  return {
    tries: new Counter({
      name: 'webhook_tries_total',
      help: 'Tries to deliver, by what came of them: delivered, retrying, dead, skipped',
      labelNames: ['outcome'] as const,
      registers,
    }),
    answered: new Histogram({
      name: 'webhook_answer_seconds',
      help: 'How long receivers took to answer, or until there was no answer',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    age: new Histogram({
      name: 'webhook_age_seconds',
      help: 'From the event to its delivery',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86_400],
      registers,
    }),
    countWith(asked) {
      depth = asked
    },
  }
}
