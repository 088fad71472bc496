import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import type { FieldError } from './rejection.ts'
import { fieldErrorsOf } from './validation-errors.ts'

const addFormats = addFormatsModule.default

/** What a checked value is: itself, typed; or the reasons why it is refused. */
export type Checked<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

export type Check<T> = (value: unknown) => Checked<T>

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i
const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/** A time that both Date and Postgres take: no leap second, no 30th of February, no year 0. */
function isTime(text: string): boolean {
  if (!dateTime.test(text)) return false
  const instant = Date.parse(text)
  return instant >= earliest && instant <= latest && dayExists(text)
}

/** Date takes 31 April for 1 May. */
function dayExists(text: string): boolean {
  const day = Number(text.slice(8, 10))
  return day <= 28 || day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
}

/** The only Ajv. `coerce` is for queries and path parameters, which come as strings. */
function build(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    coerceTypes,
    useDefaults: true,
    // Errors carry the value and the schema that refused it, from which the branch of a union is chosen.
    verbose: true,
  })
  addFormats(ajv)
  ajv.addFormat('uuid', uuid)
  ajv.addFormat('date-time', isTime)
  ajv.addKeyword('x-personal')
  ajv.addKeyword('example')
  return ajv
}

const bodies = build(false)
const parameters = build(true)

/** Compiled when it is first asked: a service has hundreds of checks, which would take half of the time of its start, and needs few of them. */
function compileWith<T extends TSchema>(ajv: Ajv2020, schema: T): Check<Static<T>> {
  let validate: ValidateFunction<Static<T>> | undefined
  return (value) => {
    validate ??= ajv.compile<Static<T>>(schema)
    return validate(value) ? { ok: true, value } : { ok: false, errors: fieldErrorsOf(validate.errors ?? []) }
  }
}

/** The check of a JSON value. Fills in defaults, coerces nothing. */
export function checkOf<T extends TSchema>(schema: T): Check<Static<T>> {
  return compileWith(bodies, schema)
}

/** The check of query or path parameters: strings become the numbers and booleans that the schema asks for. */
export function checkParametersOf<T extends TSchema>(schema: T): Check<Static<T>> {
  return compileWith(parameters, schema)
}
