import { Rejection } from '../../../schemas/rejection.ts'

type Attributes = Record<string, unknown>

/** Bounds of what is kept, since every change stores all of them anew. */
const mostBytes = 32_768
const mostNames = 100

/** The attributes with others merged into them, one level deep: null removes one. Throws for more than a contact may have. */
export function merged(known: Attributes, given: Attributes): Attributes {
  const kept = Object.fromEntries(Object.entries({ ...known, ...given }).filter(([, value]) => value !== null))
  if (Object.keys(kept).length > mostNames) throw tooMany(`must not have more than ${mostNames} names`)
  if (bytesOf(kept) > mostBytes) throw tooMany(`must not be larger than ${mostBytes} bytes`)
  return kept
}

function bytesOf(attributes: Attributes): number {
  return new TextEncoder().encode(JSON.stringify(attributes)).length
}

function tooMany(rule: string): Rejection {
  const message = `attributes ${rule}`
  return new Rejection('validation', message, [{ path: '/attributes', message }])
}
