import { folded } from '../text/folded.ts'

/** A value as it is compared with others: a number, or a folded text. */
export type Plain = string | number

const numeral = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

/** What is there to be compared: of a list, each; of nothing, an empty text or an object, none. */
export function plains(value: unknown): Plain[] {
  if (Array.isArray(value)) return value.flatMap((one) => plainOf(one) ?? [])
  return [plainOf(value) ?? []].flat()
}

function plainOf(value: unknown): Plain | undefined {
  switch (typeof value) {
    case 'number':
      return value
    case 'boolean':
      return String(value)
    case 'string':
      return folded(value) || undefined
    default:
      return undefined
  }
}

/** Undefined for what reads as no number. */
export function numberOf(plain: Plain | undefined): number | undefined {
  if (typeof plain === 'number') return plain
  return plain !== undefined && numeral.test(plain) ? Number(plain) : undefined
}

/** As numbers where one of them is one: an attribute 5 equals the text "5.0"; as texts else, so that the post code 01 is not 1. */
export function same(a: Plain, b: Plain): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b
  const [left, right] = [numberOf(a), numberOf(b)]
  return left !== undefined && left === right
}
