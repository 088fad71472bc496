import { numberOf, type Plain } from './plain.ts'

export type Order = 'gt' | 'gte' | 'lt' | 'lte'

/** Of numbers, and of texts that read as such; what is none stands in no order. */
export function stands(known: readonly Plain[], order: Order, wanted: readonly Plain[]): boolean {
  const bound = numberOf(wanted[0])
  if (bound === undefined) return false
  return known.some((one) => {
    const number = numberOf(one)
    return number !== undefined && orders[order](number, bound)
  })
}

const orders: Readonly<Record<Order, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
}
