import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import fc from 'fast-check'
import { fitting, namedOr, type Pool, type Shape, spoilt } from './arbitrary.ts'

interface Parameter {
  $ref?: string
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Shape
}

interface Described {
  parameters: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Shape }> }
  responses: Record<string, { content?: Record<string, { schema: Shape }> }>
}

/** The part of an OpenAPI document that is used here. */
export interface Document {
  paths: Record<string, Record<string, Described>>
}

export interface Asked {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}

export interface Operation {
  method: string
  path: string
  /** Requests that fit the document, and such with something wrong. */
  requests: fc.Arbitrary<Asked>
  /** Why an answer is not one that the document allows; undefined where it is. */
  objection(status: number, mediaType: string, body: unknown): string | undefined
}

/** What can be asked by a document, and what may be answered. */
export function operationsOf(document: Document, pool: Pool): Operation[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
  addFormatsModule.default(ajv)
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  ajv.addSchema(document, 'openapi')
  const resolve = <T>(ref: string): T => {
    const steps = ref.slice(2).split('/')
    return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document) as T
  }

  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      requests: requestsOf(method.toUpperCase(), path, described, pool, resolve),
      objection(status, mediaType, body) {
        const response = described.responses[status]
        if (response === undefined) return `${status} is not documented`
        if (response.content === undefined) return body === undefined ? undefined : `${status} has a body`
        const content = response.content[mediaType]
        if (content === undefined) return `${status} is documented without ${mediaType}`
        if (!mediaType.endsWith('json')) return undefined
        const pointer = ['paths', path, method, 'responses', String(status), 'content', mediaType, 'schema']
        const validate = ajv.getSchema(`openapi#/${pointer.map(escaped).join('/')}`)
        if (validate === undefined) return `${status} has no schema`
        return validate(body) ? undefined : `${status} breaks its schema: ${ajv.errorsText(validate.errors)}`
      },
    })),
  )
}

const escaped = (step: string) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))

function requestsOf(
  method: string,
  path: string,
  { parameters, requestBody }: Described,
  pool: Pool,
  resolve: <T>(ref: string) => T,
): fc.Arbitrary<Asked> {
  const known = parameters.map((one) => (one.$ref === undefined ? one : resolve<Parameter>(one.$ref)))
  const value = ({ name, schema }: Parameter) =>
    fc.oneof(
      { weight: 5, arbitrary: namedOr(name, pool, fitting(schema, pool, resolve)) },
      fc.constantFrom('', 'x', '-1', '%00', 'a\u0000b', '😀'),
    )
  const inPath = known.filter((one) => one.in === 'path')
  const rest = known.filter((one) => one.in !== 'path')
  const schema = requestBody?.content['application/json']?.schema
  const body = schema === undefined ? fc.constant(undefined) : fitting(schema, pool, resolve)
  const raw = fc.constantFrom('{', '[]', '"text"', 'null', '', '{"a":1}', '\u0000')

  return fc
    .record({
      at: fc.tuple(...inPath.map(value)),
      given: fc.tuple(
        ...rest.map((one) => (one.required === true ? value(one) : fc.option(value(one), { freq: 3, nil: undefined }))),
      ),
      sent: fc.oneof(
        { weight: 4, arbitrary: body.map(asJson) },
        { weight: 3, arbitrary: spoilt(body).map(asJson) },
        { weight: 1, arbitrary: raw.map((text) => ({ type: json, text })) },
        { weight: 1, arbitrary: fc.record({ type: fc.constantFrom(...otherTypes), text: raw }) },
        { weight: requestBody?.content['multipart/form-data'] === undefined ? 0 : 6, arbitrary: uploads },
      ),
    })
    .map(({ at, given, sent: { type, text } }) => {
      const filled = inPath.reduce((so, { name }, index) => so.replace(`{${name}}`, segment(String(at[index]))), path)
      const query = new URLSearchParams()
      const headers: Record<string, string> = {}
      for (const [index, { name, in: place }] of rest.entries()) {
        const said = given[index]
        if (said === undefined) continue
        if (place === 'query') query.set(name, String(said))
        else if (/^[\x20-\x7e]+$/.test(String(said))) headers[name] = String(said).trim() || '"0"'
      }
      const search = query.toString()
      const bodiless = method === 'GET' || text === undefined
      if (!bodiless && type !== '') headers['content-type'] = type
      return {
        method,
        path: search === '' ? filled : `${filled}?${search}`,
        headers,
        body: bodiless ? undefined : text,
      }
    })
}

/** What a client can put into a path: dots alone are gone before they are sent (WHATWG URL), and with them the segment. */
const segment = (text: string) => (/^\.{0,2}$/.test(text) ? 'x' : encodeURIComponent(text))

interface Sent {
  type: string
  text: string | undefined
}

const json = 'application/json'
const otherTypes = ['text/plain', 'multipart/form-data', 'multipart/form-data; boundary=x', '']

function asJson(value: unknown): Sent {
  return { type: json, text: value === undefined ? undefined : JSON.stringify(value) }
}

/** Forms with files, some of them broken off. */
const uploads: fc.Arbitrary<Sent> = fc
  .record({
    name: fc.constantFrom('files', 'files[]', 'file', 'message', 'x'),
    filename: fc.option(fc.constantFrom('a.txt', 'b.png', '../c', '', 'd\u00e9.pdf'), { nil: undefined }),
    bytes: fc.string({ maxLength: 40 }),
    times: fc.integer({ min: 1, max: 7 }),
    cut: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ name, filename, bytes, times, cut }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`
    const part = `--x\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${bytes}\r\n`
    const whole = `${part.repeat(times)}--x--\r\n`
    return { type: 'multipart/form-data; boundary=x', text: cut === 0 ? whole.slice(0, -20) : whole }
  })
