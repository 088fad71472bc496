import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import type { FieldError } from './rejection.ts'

const addFormats = addFormatsModule.default

/** What a checked value is: itself, typed; or the reasons why it is refused. */
export type Checked<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

export type Check<T> = (value: unknown) => Checked<T>

/** The only Ajv. `coerce` is for queries and path parameters, which come as strings. */
function build(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    coerceTypes,
    useDefaults: true,
  })
  addFormats(ajv)
  ajv.addKeyword('x-personal')
  ajv.addKeyword('example')
  return ajv
}

const bodies = build(false)
const parameters = build(true)

function describe(error: ErrorObject): FieldError {
  const path = error.instancePath
  const name = path.split('/').at(-1) ?? ''
  switch (error.keyword) {
    case 'required': {
      const missing = String(error.params.missingProperty)
      return { path: `${path}/${missing}`, message: `${missing} is required` }
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const unknown = String(error.params.additionalProperty ?? error.params.unevaluatedProperty)
      return { path: `${path}/${unknown}`, message: `${unknown} is not a known field` }
    }
    case 'enum':
      return { path, message: `${name} must be one of ${(error.params.allowedValues as unknown[]).join(', ')}` }
    case 'const':
      return { path, message: `${name} must be ${String(error.params.allowedValue)}` }
    case 'format':
      return { path, message: `${name} must be a valid ${error.params.format}` }
    default:
      return { path, message: `${name === '' ? 'the body' : name} ${error.message ?? 'is invalid'}` }
  }
}

function errorsOf(validate: ValidateFunction): FieldError[] {
  const all = (validate.errors ?? []).filter(
    ({ keyword }) => keyword !== 'if' && keyword !== 'anyOf' && keyword !== 'oneOf',
  )
  return (all.length > 0 ? all : (validate.errors ?? [])).slice(0, 20).map(describe)
}

function compileWith<T extends TSchema>(ajv: Ajv2020, schema: T): Check<Static<T>> {
  const validate = ajv.compile<Static<T>>(schema)
  return (value) => (validate(value) ? { ok: true, value } : { ok: false, errors: errorsOf(validate) })
}

/** Compiles the check of a JSON value. Fills in defaults, coerces nothing. */
export function checkOf<T extends TSchema>(schema: T): Check<Static<T>> {
  return compileWith(bodies, schema)
}

/** Compiles the check of query or path parameters: strings become the numbers and booleans that the schema asks for. */
export function checkParametersOf<T extends TSchema>(schema: T): Check<Static<T>> {
  return compileWith(parameters, schema)
}
