import type { Static, TSchema } from 'typebox'
import { checkOf } from '../../../schemas/validator.ts'

/** What the one who typed the command can mend; the sentence says how. */
export class Unusable extends Error {
  override name = 'Unusable'
}

/** The value, if it is one of this schema. Throws Unusable, without repeating it. */
export function argument<T extends TSchema>(name: string, schema: T, value: string | undefined): Static<T> {
  if (value === undefined) throw new Unusable(`${name} is missing.`)
  const checked = checkOf(schema)(value)
  if (checked.ok) return checked.value
  throw new Unusable(
    `${name}: ${checked.errors.map(({ message }) => message.replace(/^the body /, 'it ')).join(', ')}.`,
  )
}

/** What parseArgs throws for an option that there is not. */
export function isArgumentError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
