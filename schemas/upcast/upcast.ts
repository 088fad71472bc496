export interface Upcast {
  type: string
  v: number
  data: unknown
}

/** Turns an event of one version into the next form; it may change the name too. */
export type Upcaster = (data: unknown) => Upcast

/** By stored name, then by the version that it takes. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcaster>>>>

/** Every event is at version 1 today. The first change that is more than an optional field goes here, and never leaves again. */
const upcasters: Upcasters = {}

/** An event as it would be written today: goes through the table until no step applies. */
export function upcast(type: string, v: number, data: unknown, table: Upcasters = upcasters): Upcast {
  let current: Upcast = { type, v, data }
  for (;;) {
    const step = Object.hasOwn(table, current.type) ? table[current.type]?.[current.v] : undefined
    if (step === undefined) return current
    current = step(current.data)
  }
}
