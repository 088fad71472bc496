import type { FilterSpec } from '../wire/read-messages.ts'
import { readHeader } from '../wire/stored-event.ts'
import { invalidArgument } from './failure.ts'

const MAX_PATTERN = 2000
const MAX_PREFIXES = 1000
const REMEMBERED = 10_000
/** A pattern that thinks longer than this about one name would stop the server for everybody. */
const PATIENCE_MS = 50
/** A group that repeats inside and is itself repeated, such as `(a+)+`: its time grows exponentially. */
const NESTED_REPETITION = /\((?:[^()\\]|\\.)*(?:[+*]|\{\d+,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,\d*\})/

export type EventFilter = (event: Buffer) => boolean

/** Throws INVALID_ARGUMENT for a filter that cannot be used. */
export function eventFilter(spec: FilterSpec): EventFilter {
  const accepts = remembering(spec.regex ? patternTest(spec.regex) : prefixTest(spec.prefixes))
  return spec.on === 'type' ? (event) => accepts(readHeader(event).type) : (event) => accepts(readHeader(event).stream)
}

function prefixTest(prefixes: string[]): (text: string) => boolean {
  if (prefixes.length === 0) throw invalidArgument('a filter needs a regular expression or prefixes')
  if (prefixes.length > MAX_PREFIXES) throw invalidArgument(`a filter has at most ${MAX_PREFIXES} prefixes`)
  return (text) => prefixes.some((prefix) => text.startsWith(prefix))
}

function patternTest(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN) throw invalidArgument(`a filter's pattern has at most ${MAX_PATTERN} characters`)
  if (NESTED_REPETITION.test(pattern)) throw invalidArgument('a repeated group with a repetition inside is not allowed')
  const regex = compile(pattern)
  return (text) => {
    const begun = performance.now()
    const accepted = regex.test(text)
    if (performance.now() - begun > PATIENCE_MS) throw invalidArgument("the filter's pattern takes too long")
    return accepted
  }
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw invalidArgument(error instanceof Error ? error.message : 'invalid regular expression')
  }
}

/** Types and streams come again and again. */
function remembering(test: (text: string) => boolean): (text: string) => boolean {
  const answers = new Map<string, boolean>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    if (answers.size >= REMEMBERED) answers.clear()
    const answer = test(text)
    answers.set(text, answer)
    return answer
  }
}
