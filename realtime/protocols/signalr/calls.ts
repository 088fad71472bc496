import Type, { type TProperties } from 'typebox'
import type { FrameErrorCode } from '../../../schemas/realtime/frames.ts'
import { type HubMethodName, hubMethods } from '../../../schemas/realtime/hub.ts'
import { type Check, checkOf } from '../../../schemas/validator.ts'

/** A call of one of the hub's methods, checked. */
export interface Wish {
  method: HubMethodName
  conversationId: string
  after?: number | undefined
}

export type ReadWish = { ok: true; wish: Wish } | { ok: false; message: string }

interface Known {
  method: HubMethodName
  names: string[]
  required: number
  check: Check<unknown>
}

/** Reads the name and the arguments of an invocation. As in ASP.NET Core, the case of the name does not matter. */
export function createWishReader(): (target: string, given: readonly unknown[]) => ReadWish {
  const methods = new Map(Object.keys(hubMethods).map((name) => [name.toLowerCase(), knownOf(name as HubMethodName)]))
  return (target, given) => {
    const known = methods.get(target.toLowerCase())
    if (known === undefined) {
      const list = Object.keys(hubMethods).join(', ')
      return { ok: false, message: `There is no method ${target.slice(0, 50)}; there are ${list}.` }
    }
    const { method, names, required, check } = known
    if (given.length < required || given.length > names.length) {
      return { ok: false, message: `${method} takes ${names.join(', ')}; ${given.length} arguments were given.` }
    }
    // What a client leaves out in the middle or at the end comes as null.
    const entries = names.map((name, at) => [name, given[at]] as const).filter(([, value]) => value !== undefined)
    const checked = check(Object.fromEntries(entries))
    if (!checked.ok) return { ok: false, message: `${checked.errors.map(({ message }) => message).join('; ')}.` }
    const { conversationId, after } = checked.value as { conversationId: string; after?: number | null }
    return { ok: true, wish: { method, conversationId: conversationId.toLowerCase(), after: after ?? undefined } }
  }
}

function knownOf(method: HubMethodName): Known {
  const properties: TProperties = hubMethods[method].parameters
  const schema = Type.Object(properties, { additionalProperties: false })
  return { method, names: Object.keys(properties), required: (schema.required ?? []).length, check: checkOf(schema) }
}

/** What came of a call; `code` says why it was refused, where the core did. */
export type Outcome = { result: unknown } | { error: string; code?: FrameErrorCode }

/** An invocation, to be answered once. */
export class Call {
  readonly #answer: (outcome: Outcome) => void
  #isAnswered = false

  constructor(answer: (outcome: Outcome) => void) {
    this.#answer = answer
  }

  complete(result: unknown): void {
    this.#settle({ result })
  }

  fail(error: string, code?: FrameErrorCode): void {
    this.#settle(code === undefined ? { error } : { error, code })
  }

  #settle(outcome: Outcome): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#answer(outcome)
  }
}
