import type { FieldError } from '../../../schemas/rejection.ts'

const deepest = 50

/** What could not be kept or compared safely, whatever it means: it is looked for without recursion, since it may be made to break one. */
export function nestingProblem(root: unknown, path: string): FieldError | undefined {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value: root, path, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue
    if (next.depth >= deepest)
      return { path, message: `${path.slice(1)} must not be nested deeper than ${deepest} levels` }
    for (const [name, value] of Object.entries(next.value)) {
      if (name === '__proto__') return { path: next.path, message: '__proto__ is not a name that can be kept' }
      if (typeof value === 'object' && value !== null) {
        // Only the upper levels are named: paths of what lies deep would grow with it.
        const at = next.depth < 3 ? `${next.path}/${name.slice(0, 100)}` : next.path
        waiting.push({ value, path: at, depth: next.depth + 1 })
      }
    }
  }
  return undefined
}
