import fc from 'fast-check'

/** A JSON Schema, as far as our document uses it. */
export interface Shape {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly Shape[]
  properties?: Readonly<Record<string, Shape>>
  required?: readonly string[]
  additionalProperties?: unknown
  patternProperties?: unknown
  items?: Shape
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
}

/** Ids that exist, so that requests get past the first door. */
export interface Pool {
  ids: readonly string[]
  /** What fields and parameters of a name may say, where chance would never find it. */
  byName: Readonly<Record<string, string>>
}

/** Values that fit a schema, most of the time; what its patterns and formats do not tell is left to chance. */
export function fitting(shape: Shape, pool: Pool, resolve: (ref: string) => Shape, depth = 0): fc.Arbitrary<unknown> {
  if (shape.$ref !== undefined) return fitting(resolve(shape.$ref), pool, resolve, depth)
  if (shape.const !== undefined) return fc.constant(shape.const)
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum)
  if (shape.anyOf !== undefined) return fc.oneof(...shape.anyOf.map((one) => fitting(one, pool, resolve, depth)))
  switch (shape.type) {
    case 'object':
      return objects(shape, pool, resolve, depth)
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 3 } = shape
      const one = fitting(items, pool, resolve, depth + 1)
      return fc.array(one, { minLength: minItems, maxLength: Math.min(maxItems, minItems + 2) })
    }
    case 'string':
      return strings(shape, pool)
    case 'integer':
      return fc.integer({ min: shape.minimum ?? -5, max: Math.min(shape.maximum ?? 1000, 1000) })
    case 'number':
      return fc.integer({ min: shape.minimum ?? -5, max: shape.maximum ?? 1000 })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return depth > 2 ? fc.constant('x') : fc.jsonValue({ maxDepth: 2 })
  }
}

function objects(shape: Shape, pool: Pool, resolve: (ref: string) => Shape, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = shape
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [
      name,
      namedOr(name, pool, fitting(field, pool, resolve, depth + 1)),
    ]),
  )
  if (Object.keys(fields).length === 0) {
    return fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
  }
  return fc.record(fields, { requiredKeys: [...required] })
}

/** What is known of the name, most of the time. */
export function namedOr(name: string, { byName }: Pool, other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const known = byName[name]
  return known === undefined ? other : fc.oneof({ weight: 3, arbitrary: fc.constant(known) }, other)
}

function strings({ format, pattern, minLength = 0, maxLength = 40 }: Shape, pool: Pool): fc.Arbitrary<string> {
  switch (format) {
    case 'uuid':
      return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pool.ids) }, fc.uuid())
    case 'date-time':
      return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString())
    case 'date':
      return fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((date) => date.toISOString().slice(0, 10))
    case 'email':
      return fc.stringMatching(/^[a-z]{1,8}@demo\.test$/)
    case 'uri':
      return fc.webUrl()
    default: {
      if (pattern !== undefined && !/\\[sS]/.test(pattern)) return fc.stringMatching(new RegExp(pattern))
      const size = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, minLength + 20)) }
      return fc.oneof(fc.string(size), fc.string({ unit: 'grapheme', ...size }))
    }
  }
}

const hostile: readonly unknown[] = [
  null,
  '',
  ' ',
  0,
  -1,
  1.5,
  1e308,
  true,
  [],
  {},
  [null],
  'x'.repeat(10_001),
  "'; drop table x; --",
  '%00',
  '\u0000',
  '../../etc/passwd',
  '__proto__',
  { constructor: 1 },
  { $sealed: 'AAAA' },
  '2026-02-30T00:00:00Z',
  '99999999999999999999',
  '\ud800',
]

/** What fits, with one thing wrong: a field of another kind, one too many, one missing; or something else altogether. */
export function spoilt(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const wrong = fc.constantFrom(...hostile)
  return fc.oneof(
    { weight: 1, arbitrary: wrong },
    {
      weight: 5,
      arbitrary: fc.tuple(value, fc.nat(), wrong, fc.nat(3)).map(([made, at, other, how]) => {
        if (typeof made !== 'object' || made === null || Array.isArray(made)) return other
        const names = Object.keys(made)
        const name = names[at % Math.max(1, names.length)]
        if (how === 0 || name === undefined) return { ...made, unheardOf: other }
        if (how === 1) return Object.fromEntries(Object.entries(made).filter(([one]) => one !== name))
        return { ...made, [name]: other }
      }),
    },
  )
}
