import { type Plain, same } from './plain.ts'

/** Of a list (tags), whether the value is in it; asked for several values, whether it has these and no others. */
export function equals(known: readonly Plain[], wanted: readonly Plain[]): boolean {
  if (wanted.length === 0) return false
  const has = (one: Plain) => known.some((each) => same(each, one))
  if (wanted.length === 1) return wanted.every(has)
  return wanted.every(has) && known.every((one) => wanted.some((each) => same(one, each)))
}

/** Whether any of it is among the values. */
export function isIn(known: readonly Plain[], wanted: readonly Plain[]): boolean {
  return known.some((one) => wanted.some((each) => same(one, each)))
}
