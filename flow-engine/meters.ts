import { Counter, Gauge, type Registry } from 'prom-client'
import { type AutomationMeters, createAutomationMeters } from './automations/meters.ts'
import { createFlowMeters, type FlowMeters } from './flows/meters.ts'
import { createPushMeters, type PushMeters } from './push/meters.ts'
import { createWhatsappMeters, type WhatsappMeters } from './whatsapp/meters.ts'

/** What the reactions count. */
export interface Meters {
  leading: Gauge
  failures: Counter<'reaction'>
  flows: FlowMeters
  push: PushMeters
  automations: AutomationMeters
  whatsapp: WhatsappMeters
}

export function createMeters(registry: Registry): Meters {
  const registers = [registry]
  return {
    leading: new Gauge({ name: 'reactions_leading', help: '1 in the process that does the reactions', registers }),
    failures: new Counter({
      name: 'reactions_failures_total',
      help: 'Tries of a reaction that failed and were, or are to be, repeated',
      labelNames: ['reaction'] as const,
      registers,
    }),
    flows: createFlowMeters(registry),
    push: createPushMeters(registry),
    automations: createAutomationMeters(registry),
    whatsapp: createWhatsappMeters(registry),
  }
}
