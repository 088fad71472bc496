import { v5 } from 'uuid'

/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Chance {
  /** 0 to below 1. */
  next(): number
  /** 0 to below `n`, each alike. */
  below(n: number): number
  /** 0 to below `n`, by Zipf's law: the first ones often, most of them hardly ever. */
  seldom(n: number): number
  of<T>(choices: readonly T[]): T
  uuid(): string
}

/** mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const hex = (digits: number) =>
    Math.floor(next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return {
    next,
    below: (n) => Math.floor(next() * n),
    seldom: (n) => Math.floor(Math.exp(next() * Math.log(n + 1))) - 1,
    of<T>(choices: readonly T[]): T {
      const chosen = choices[Math.floor(next() * choices.length)]
      if (chosen === undefined) throw new Error('there is nothing to choose from')
      return chosen
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`,
  }
}

const namespace = '6d0b8e0a-3b1d-5d53-9d3e-0a6c2f1f3b77'

/** The same id for the same name, in every run. */
export const idOf = (name: string) => v5(name, namespace)
