import type { ServiceName } from '../../infra/local/stack.ts'

export const victims: readonly ServiceName[] = [
  'event-store',
  'postgres',
  'redis',
  'command-api',
  'query-api',
  'projectors',
  'realtime',
  'flow-engine',
  'gateway',
]

/** A process that hangs for a while is worse than a dead one: its connections stay open. */
export const freezable: readonly ServiceName[] = ['event-store', 'postgres', 'projectors', 'realtime']

/** `twice`: a second process of the same shard. */
export interface Fault {
  kind: 'kill' | 'freeze' | 'twice'
  victim: ServiceName
}

/** Every process as often as the others, in random order; one fault in six is a freeze, and one in twenty-five a second projector. */
export function planOf(kills: number): Fault[] {
  const killed = cycle(victims, kills).map((victim) => ({ kind: 'kill', victim }) as const)
  const frozen = cycle(freezable, Math.ceil(kills / 5)).map((victim) => ({ kind: 'freeze', victim }) as const)
  const doubled = cycle(['projectors'] as const, Math.ceil(kills / 24)).map(
    (victim) => ({ kind: 'twice', victim }) as const,
  )
  return shuffled<Fault>([...killed, ...frozen, ...doubled])
}

/** The items in random order, again and again. */
function cycle<T>(items: readonly T[], count: number): T[] {
  const found: T[] = []
  while (found.length < count) found.push(...shuffled(items))
  return found.slice(0, count)
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
