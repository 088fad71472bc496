/** One `{{name | default}}`, or the text between two of them. */
export type Part = string | Placeholder

export interface Placeholder {
  /** `reply`, `contact.name`, `conversation.channel`, `workspace.name`, `variables.order_id`: a bare name is that of a variable. */
  readonly name: string
  /** The name as the text has it. */
  readonly written: string
  /** What stands there when there is no value. */
  readonly default: string
  readonly hasDefault: boolean
}

export type Parsed = { ok: true; parts: readonly Part[] } | { ok: false; problem: string }

const bare = /^[A-Za-z_][A-Za-z0-9_]{0,49}$/
const known =
  /^(reply|message\.(content|senderType|contentType)|contact\.(name|email|phone|attributes\.[^\s].{0,99})|conversation\.(status|channel|tags|assignedAgentId|widgetId|channelId|metadata\.[^\s].{0,99})|workspace\.name|webhook\.status|variables\.[A-Za-z_][A-Za-z0-9_]{0,49})$/

/** Splits a text at its `{{…}}`. Braces that do not close, or that hold no name, are a problem: the visitor would read them. */
export function parseText(text: string): Parsed {
  const parts: Part[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('{{', at)
    const plain = open === -1 ? text.slice(at) : text.slice(at, open)
    if (plain.includes('}}')) return problem('has }} without {{ before it')
    if (plain !== '') parts.push(plain)
    if (open === -1) return { ok: true, parts }
    const close = text.indexOf('}}', open + 2)
    if (close === -1) return problem('has {{ without }} after it')
    const placeholder = placeholderOf(text.slice(open + 2, close))
    if (typeof placeholder === 'string') return problem(placeholder)
    parts.push(placeholder)
    at = close + 2
  }
}

/** Names of what a text shows, each once, in their order; a text that is malformed shows nothing. */
export function variablesIn(text: string): string[] {
  return [...new Set(placeholdersIn(text).map(({ name }) => name))]
}

export function placeholdersIn(text: string): Placeholder[] {
  const parsed = parseText(text)
  return parsed.ok ? parsed.parts.filter((part) => typeof part !== 'string') : []
}

/** The text with its values put in; what has none shows its default, or nothing. A malformed text stays as it is. */
export function fillText(text: string, lookUp: (name: string) => string | null | undefined): string {
  const parsed = parseText(text)
  if (!parsed.ok) return text
  return parsed.parts
    .map((part) => (typeof part === 'string' ? part : (filled(lookUp(part.name)) ?? part.default)))
    .join('')
}

/** The full name: `order_id` is `variables.order_id`. Undefined for what can name nothing. */
export function fullName(written: string): string | undefined {
  if (known.test(written)) return written
  return bare.test(written) ? `variables.${written}` : undefined
}

function placeholderOf(inner: string): Placeholder | string {
  const bar = inner.indexOf('|')
  const written = (bar === -1 ? inner : inner.slice(0, bar)).trim()
  if (written === '') return 'has {{ }} with no name in it'
  const name = fullName(written)
  if (name === undefined) return `has {{${shortened(written)}}}, which is not the name of anything`
  return { name, written, default: bar === -1 ? '' : inner.slice(bar + 1).trim(), hasDefault: bar !== -1 }
}

const filled = (value: string | null | undefined) => (value === null || value === '' ? undefined : value)
const problem = (text: string): Parsed => ({ ok: false, problem: text })
const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
