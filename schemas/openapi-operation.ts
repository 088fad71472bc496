import type { TObject, TSchema } from 'typebox'
import { referring } from './openapi-components.ts'
import { exampleOf } from './openapi-examples.ts'
import { statusOf } from './problem.ts'
import type { RejectionCode } from './rejection.ts'
import type { Answer, Route } from './route.ts'

type Json = Record<string, unknown>

/** What every route may answer beside its own: even one without fields is given unknown ones, bad headers, bodies and keys. */
const always: readonly RejectionCode[] = [
  'rate-limited',
  'internal',
  'unavailable',
  'unauthenticated',
  'forbidden',
  'validation',
  'too-large',
]

/** One operation of the OpenAPI document. */
export function operationOf(route: Route): Json {
  const { access, scope, body, description } = route
  const rights = { public: '', agent: 'For agents and admins.', admin: 'For admins.', system: '' }[access]
  const keys = scope === undefined ? '' : `API keys need the scope \`${scope}\`.`
  const limit = route.perMinute === undefined ? '' : `${route.perMinute} requests a minute.`
  return {
    operationId: operationIdOf(route),
    tags: [route.tag],
    summary: route.summary,
    description: [description, rights, keys, limit].filter((text) => text !== undefined && text !== '').join('\n\n'),
    security: securityOf(route),
    parameters: parametersOf(route),
    ...(body === undefined && route.takes !== 'multipart' ? {} : { requestBody: bodyOf(route) }),
    responses: responsesOf(route),
  }
}

/** `POST /api/conversations/{id}/messages` is `postConversationsByIdMessages`. */
function operationIdOf({ method, path }: Route): string {
  const words = path.split('/').filter((part) => part !== '' && part !== 'api')
  const named = words.map((word) => (word.startsWith('{') ? `By-${word.slice(1, -1)}` : word))
  return method.toLowerCase() + named.map(capitalised).join('')
}

function capitalised(word: string): string {
  return word
    .split(/[-_.]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}

function securityOf({ access, method, dialect }: Route): Json[] {
  if (dialect === 'site-chat') return [{ siteKey: [] }, { siteKeyInQuery: [] }, { bearer: [] }]
  const session = method === 'GET' ? { session: [] } : { session: [], csrf: [] }
  const people = [{ bearer: [] }, session]
  return access === 'public' ? [{}, ...people] : people
}

function bodyOf({ body, takes }: Route): Json {
  const content: Record<string, Json> = {}
  if (body !== undefined) {
    const json = { schema: referring(body), example: exampleOf(body) }
    content['application/json'] = json
    if (takes === 'form') content['application/x-www-form-urlencoded'] = json
  }
  if (takes === 'multipart') content['multipart/form-data'] = { schema: multipartOf(body) }
  return { required: body === undefined || needsBody(body), content }
}

/** Files, and beside them the texts that the JSON form has. */
function multipartOf(body: TSchema | undefined): Json {
  const { properties = {} }: { properties?: Record<string, TSchema> } = body ?? {}
  const texts = Object.entries(properties).map(([name, field]) => [name, referring(field)])
  const files = {
    type: 'array',
    maxItems: 5,
    description: 'at most 10 MB each; `files[]` and `file` are taken too',
    items: { type: 'string', contentMediaType: 'application/octet-stream' },
  }
  return { type: 'object', properties: { ...Object.fromEntries(texts), files } }
}

function parametersOf(route: Route): Json[] {
  const ref = (name: string): Json => ({ $ref: `#/components/parameters/${name}` })
  return [
    ...fieldsOf(route.params, 'path'),
    ...fieldsOf(route.query, 'query'),
    ...(route.rejections.includes('idempotency-key-reused') ? [ref('IdempotencyKey')] : []),
    ...(route.rejections.includes('precondition-failed') ? [ref('IfMatch')] : []),
    ...(route.rejections.includes('projection-behind') && route.dialect === undefined ? [ref('WaitFor')] : []),
  ]
}

function fieldsOf(schema: TObject, place: 'path' | 'query'): Json[] {
  const required: readonly string[] = schema.required ?? []
  return Object.entries<TSchema & { description?: string }>(schema.properties).map(([name, field]) => {
    const { description, ...rest } = referring(field)
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}

function needsBody(body: TSchema): boolean {
  const { required, anyOf }: { required?: readonly string[]; anyOf?: readonly TSchema[] } = body
  return anyOf === undefined ? (required ?? []).length > 0 : anyOf.every(needsBody)
}

function responsesOf(route: Route): Json {
  const command = route.service === 'command-api'
  const answered = Object.entries(route.answers).map(([status, answer]) => [
    status,
    { description: answer.description, ...(command ? { headers: commandHeaders } : {}), ...contentOf(answer) },
  ])
  const refusals = refusalsOf(route)
  const refused = [...new Set(refusals.map(({ status }) => status))].map((status) => [
    String(status),
    {
      description: refusals
        .filter((one) => one.status === status)
        .map(({ code }) => `\`${code}\``)
        .join(', '),
      content:
        route.dialect === undefined
          ? { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
          : { 'application/json': { schema: { $ref: '#/components/schemas/PlainError' } } },
    },
  ])
  return Object.fromEntries([...answered, ...refused])
}

const commandHeaders = {
  ETag: { $ref: '#/components/headers/ETag' },
  'X-Position': { $ref: '#/components/headers/X-Position' },
}

function contentOf({ schema, type }: Answer): Json {
  if (schema === undefined && type === undefined) return {}
  const json =
    schema === undefined ? {} : { 'application/json': { schema: referring(schema), example: exampleOf(schema) } }
  const other = type === undefined ? {} : { [type]: { schema: { type: 'string', contentMediaType: type } } }
  return { content: { ...json, ...other } }
}

function refusalsOf({ method, rejections, dialect }: Route): { code: RejectionCode; status: number }[] {
  const codes: RejectionCode[] = [
    ...always,
    ...(method === 'GET' ? [] : (['malformed-json', 'unsupported-media-type'] as const)),
    ...rejections,
  ]
  return [...new Set(codes)].map((code) => ({
    code,
    status: statusOf(code, dialect),
  }))
}
