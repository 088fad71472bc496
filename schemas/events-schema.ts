import { catalog } from './catalog.ts'
import type { EventDefinition } from './define.ts'
import { Envelope } from './envelope.ts'

/** JSON Schema of the log: every event as its readers get it, decoded and unsealed, and the envelope around it. */
export function eventsSchema(): Record<string, unknown> {
  const definitions = Object.entries<EventDefinition>(catalog).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Parley events',
    description: 'x-personal marks fields that are sealed in the log, and read [erased] once their contact is erased.',
    oneOf: definitions.map(([type]) => ({ $ref: `#/$defs/${type}` })),
    $defs: {
      Envelope,
      ...Object.fromEntries(
        definitions.map(([type, { v, data }]) => [
          type,
          {
            type: 'object',
            title: type,
            description: `version ${v}`,
            required: ['type', 'data', 'meta'],
            properties: { type: { const: type }, data, meta: { $ref: '#/$defs/Envelope' } },
          },
        ]),
      ),
    },
  }
}
