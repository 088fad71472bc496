import type { ErrorObject } from 'ajv/dist/2020.js'
import type { FieldError } from './rejection.ts'

const most = 20

/** Ajv's errors as sentences that name the field. Of a union, only what the branch that was meant has to say. */
export function fieldErrorsOf(errors: readonly ErrorObject[]): FieldError[] {
  let left = errors.filter(({ keyword }) => keyword !== 'if')
  for (const union of errors.filter(isUnion)) {
    // A union inside of a branch that was dropped is gone with it.
    if (left.includes(union)) left = withoutOtherBranches(left, union)
  }
  return left.slice(0, most).map(describe)
}

interface Branch {
  type?: unknown
  const?: unknown
  enum?: readonly unknown[]
  properties?: Record<string, Branch>
  required?: readonly string[]
}

const isUnion = ({ keyword }: ErrorObject) => keyword === 'anyOf' || keyword === 'oneOf'

function withoutOtherBranches(errors: readonly ErrorObject[], union: ErrorObject): ErrorObject[] {
  const branches: readonly Branch[] = Array.isArray(union.schema) ? union.schema : []
  const within = (index?: number) => {
    const prefix = `${union.schemaPath}/${index === undefined ? '' : `${index}/`}`
    return ({ schemaPath, instancePath }: ErrorObject) =>
      schemaPath.startsWith(prefix) && instancePath.startsWith(union.instancePath)
  }
  const outside = errors.filter((error) => error !== union && !within()(error))

  const tag = tagOf(branches)
  if (tag !== undefined && isRecord(union.data)) {
    const meant = branches.findIndex((branch) => accepts(branch, tag, union.data))
    if (meant >= 0) return [...outside, ...errors.filter(within(meant))]
    const allowed = [...new Set(branches.flatMap((branch) => valuesOf(branch.properties?.[tag])))]
    return [...outside, misfit(union, tag, allowed)]
  }
  const misfits = branches.map((branch, index) =>
    fits(branch, union.data) ? misfitOf(errors.filter(within(index)), union.instancePath) : Number.POSITIVE_INFINITY,
  )
  const least = Math.min(...misfits)
  if (Number.isFinite(least)) return [...outside, ...errors.filter(within(misfits.indexOf(least)))]
  const types = [...new Set(branches.map(({ type }) => type))].filter((type) => type !== 'null')
  return [...outside, { ...union, keyword: 'type', params: { type: types } }]
}

/** How far a branch is from what was sent: one that does not know a field was hardly meant, whatever else is missing. */
function misfitOf(errors: readonly ErrorObject[], path: string): number {
  const unknown = errors.filter(
    ({ keyword, instancePath }) => keyword === 'additionalProperties' && instancePath === path,
  )
  return unknown.length * 1000 + errors.length
}

/** The property that tells the branches apart: each of them fixes its value. */
function tagOf(branches: readonly Branch[]): string | undefined {
  const [first, ...others] = branches
  return Object.keys(first?.properties ?? {}).find(
    (name) =>
      valuesOf(first?.properties?.[name]).length > 0 &&
      others.length > 0 &&
      others.every((branch) => valuesOf(branch.properties?.[name]).length > 0),
  )
}

function valuesOf(schema: Branch | undefined): readonly unknown[] {
  if (schema === undefined) return []
  return 'const' in schema ? [schema.const] : (schema.enum ?? [])
}

/** Whether a branch is the one meant; a branch that does not require the tag is meant where it is absent. */
function accepts(branch: Branch, tag: string, data: unknown): boolean {
  if (!isRecord(data)) return false
  if (!Object.hasOwn(data, tag)) return !branch.required?.includes(tag)
  return valuesOf(branch.properties?.[tag]).includes(data[tag])
}

function fits({ type }: Branch, data: unknown): boolean {
  if (type === 'null') return data === null
  if (type === 'array') return Array.isArray(data)
  if (type === 'object') return isRecord(data)
  if (type === 'integer') return typeof data === 'number'
  return type === undefined || type === typeof data
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function misfit(union: ErrorObject, tag: string, allowedValues: readonly unknown[]): ErrorObject {
  return { ...union, keyword: 'enum', instancePath: `${union.instancePath}/${tag}`, params: { allowedValues } }
}

function describe(error: ErrorObject): FieldError {
  const path = error.instancePath
  const name = nameOf(path)
  switch (error.keyword) {
    case 'required': {
      const missing = String(error.params.missingProperty)
      return { path: `${path}/${missing}`, message: `${missing} is required` }
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const unknown = shortened(String(error.params.additionalProperty ?? error.params.unevaluatedProperty))
      return { path: `${path}/${unknown}`, message: `${unknown} is not a known field` }
    }
    case 'enum': {
      const allowed: unknown = error.params.allowedValues
      return {
        path,
        message: `${name} must be one of ${Array.isArray(allowed) ? allowed.join(', ') : String(allowed)}`,
      }
    }
    case 'const':
      return { path, message: `${name} must be ${String(error.params.allowedValue)}` }
    case 'pattern': {
      if (error.params.pattern === '\\S') return { path, message: `${name} must not be blank` }
      const meant: unknown = error.parentSchema?.title
      // A pattern says little to people: the title of its schema, where there is one, says what is meant.
      const form = typeof meant === 'string' ? `be ${meant}` : `match ${error.params.pattern}`
      return { path, message: `${name} must ${form}` }
    }
    case 'format':
      return { path, message: `${name} must be a valid ${error.params.format}` }
    default:
      return { path, message: `${name} ${boundOf(error) ?? error.message?.replace(' NOT ', ' not ') ?? 'is invalid'}` }
  }
}

/** What a type or a bound asks for; undefined for other keywords. */
function boundOf({ keyword, params }: ErrorObject): string | undefined {
  const limit = Number(params.limit)
  switch (keyword) {
    case 'type':
      return `must be ${[params.type].flat().map(kindOf).join(' or ')}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'exclusiveMinimum':
      return `must be more than ${limit}`
    case 'exclusiveMaximum':
      return `must be less than ${limit}`
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must not be shorter than ${limit} characters`
    case 'maxLength':
      return `must not be longer than ${counted(limit, 'character')}`
    case 'minItems':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} items`
    case 'maxItems':
      return `must not have more than ${counted(limit, 'item')}`
    case 'uniqueItems':
      return 'must not hold anything twice'
    case 'minProperties':
      return `must have at least ${counted(limit, 'field')}`
    case 'maxProperties':
      return `must not have more than ${counted(limit, 'field')}`
    default:
      return undefined
  }
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** JSON's types, as a sentence names them. */
const kinds: ReadonlyMap<unknown, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['integer', 'an integer'],
  ['boolean', 'true or false'],
  ['object', 'an object'],
  ['array', 'an array'],
])
const kindOf = (type: unknown) => kinds.get(type) ?? String(type)

/** What a sentence calls the field at a JSON pointer: `cards 0 title` says little, so an item is named by its list. */
function nameOf(pointer: string): string {
  const parts = pointer.split('/').slice(1).map(unescapePointer)
  const last = parts.at(-1)
  if (last === undefined) return 'the body'
  const list = parts.at(-2)
  return shortened(/^\d+$/.test(last) && list !== undefined ? `${list}[${last}]` : last)
}

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

/** A field's name may come from the caller, who may make it as long as a body. */
const shortened = (name: string) => (name.length > 100 ? `${name.slice(0, 100)}…` : name)
