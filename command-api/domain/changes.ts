/** Those of the wanted values that differ from what is there, compared by content; undefined where none does. */
export function changesOf<T extends object>(known: T, wanted: Partial<T>): Partial<T> | undefined {
  const changed = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && !same((known as Record<string, unknown>)[name], value),
  )
  return changed.length === 0 ? undefined : (Object.fromEntries(changed) as Partial<T>)
}

/** Of values that are JSON. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, sorted(one)]),
  )
}
