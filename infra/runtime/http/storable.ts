import type { FieldError } from '../../../schemas/rejection.ts'

/** JSON can only hold such a character as an escape, so that most bodies are cleared by one look at their text. */
const suspicious = /\\u(0000|d[89a-f])/i

export function isSuspicious(json: string): boolean {
  return suspicious.test(json)
}

const surrogate = /\p{Surrogate}/u

/** NUL, which Postgres cannot store, and halves of characters, which UTF-8 cannot. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !surrogate.test(text)
}

/** The first string, key or value, that cannot be stored. Iterative: a body may be nested deeper than the stack. */
export function unstorableIn(value: unknown): FieldError | undefined {
  const open: { path: string; value: unknown }[] = [{ path: '', value }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next
    if (typeof value === 'string' && !isStorable(value)) return refused(path)
    if (typeof value !== 'object' || value === null) continue
    for (const [key, inner] of Object.entries(value)) {
      if (!isStorable(key)) return refused(path)
      open.push({ path: path.length > 500 ? path : `${path}/${key}`, value: inner })
    }
  }
  return undefined
}

function refused(path: string): FieldError {
  const name = path.split('/').at(-1)
  return { path, message: `${name || 'the body'} must not contain NUL or unpaired surrogate characters` }
}
