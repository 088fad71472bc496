import { type Plain, same } from './plain.ts'

/** Of a text, whether each value stands in it; of a list (tags), whether it has each of them, whole. */
export function contains(known: readonly Plain[], wanted: readonly Plain[], isList: boolean): boolean {
  if (wanted.length === 0) return false
  const has = (text: Plain, word: Plain) => (isList ? same(text, word) : String(text).includes(String(word)))
  return wanted.every((word) => known.some((text) => has(text, word)))
}

/** Whether it begins with one of the values. */
export function startsWith(known: readonly Plain[], wanted: readonly Plain[]): boolean {
  return known.some((text) => wanted.some((word) => String(text).startsWith(String(word))))
}

export function endsWith(known: readonly Plain[], wanted: readonly Plain[]): boolean {
  return known.some((text) => wanted.some((word) => String(text).endsWith(String(word))))
}
