/**
 * The canonical JSON of a value (RFC 8785): no white space, members in the order of their UTF-16 code units, numbers and strings as
 * ECMAScript writes them. Like JSON.stringify it leaves out undefined members. A lone surrogate, which RFC 8785 leaves to error, is
 * written as its escape: half an emoji must not make a message unsendable.
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null) return 'null'
  switch (typeof value) {
    case 'object':
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored as JSON`)
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    default:
      throw new TypeError(`A ${typeof value} cannot be stored as JSON`)
  }
}

function canonicalArray(items: readonly unknown[]): string {
  return `[${items.map((item) => (item === undefined ? 'null' : canonical(item))).join(',')}]`
}

function canonicalObject(object: object): string {
  if ('toJSON' in object && typeof object.toJSON === 'function') return canonical(object.toJSON())
  const members = new Map<string, unknown>(Object.entries(object))
  let text = ''
  for (const name of [...members.keys()].sort()) {
    const member = members.get(name)
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonical(member)}`
  }
  return `{${text}}`
}
