import type { Route } from '../../../schemas/route.ts'
import { type Check, checkOf } from '../../../schemas/validator.ts'
import type { Reply } from './binding.ts'
import { essenceOf } from './media-type.ts'

/** An answer is not what its route declares: a bug of ours, found in development and tests. */
export class UndeclaredAnswer extends Error {
  override name = 'UndeclaredAnswer'
}

export type AnswerCheck = (reply: Reply, text: string | undefined) => void

/** Compares answers with what is declared, as the client would read them: media type, and JSON with its schema. Changes nothing in them. */
export function answerCheckOf(route: Route): AnswerCheck {
  const checks = new Map<number, Check<unknown> | undefined>(
    Object.entries(route.answers).map(([status, { schema }]) => [
      Number(status),
      schema === undefined ? undefined : checkOf(schema),
    ]),
  )
  const name = `${route.method} ${route.path}`
  return ({ status, content }, text) => {
    if (!checks.has(status)) throw new UndeclaredAnswer(`${name} answers ${status}, which it does not declare`)
    if (content !== undefined) {
      const { type, schema } = route.answers[status] ?? {}
      const declared = type ?? (schema === undefined ? undefined : 'application/json')
      if (declared === '*/*' || (declared !== undefined && declared === essenceOf(content.type))) return
      throw new UndeclaredAnswer(`${name} answers ${status} as ${content.type}, but declares ${declared ?? 'no body'}`)
    }
    const check = checks.get(status)
    if (check === undefined) {
      if (text !== undefined)
        throw new UndeclaredAnswer(`${name} answers ${status} with a body that it does not declare`)
      return
    }
    const checked = check(text === undefined ? undefined : JSON.parse(text))
    if (checked.ok) return
    const reasons = checked.errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
    throw new UndeclaredAnswer(`${name} answers ${status} otherwise than it declares: ${reasons}`)
  }
}
