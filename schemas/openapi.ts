import type { TObject, TSchema } from 'typebox'
import { componentSchemas, referring } from './openapi-components.ts'
import { problemKinds } from './problem.ts'
import type { RejectionCode } from './rejection.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

type Json = Record<string, unknown>

/** What every route may answer beside its own: even one without fields is given unknown ones, bad headers and bodies. */
const always: readonly RejectionCode[] = [
  'rate-limited',
  'internal',
  'unavailable',
  'unauthenticated',
  'validation',
  'too-large',
]

const tags: Readonly<Record<string, string>> = {
  Identity: 'Tokens for people',
  Conversations: 'Conversations between a visitor and a workspace',
  Messages: 'What is said in them',
  Widgets: 'The chat windows on the sites of a workspace',
  Admin: 'Lists and figures for admins',
}

/** OpenAPI 3.1 of all that is reachable from outside, made from the declared routes. The same at every run. */
export function openApiDocument(): Json {
  const open = routes.filter(({ access, path }) => access !== 'system' && !path.startsWith('/internal/'))
  const used = [...new Set(open.map(({ tag }) => tag))]
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: '1.0.0',
      description: introduction(),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: used.map((name) => ({ name, ...(tags[name] === undefined ? {} : { description: tags[name] }) })),
    paths: pathsOf(open),
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token (POST /auth/v1/token), a visitor token, or an API key (pk_…).',
        },
      },
      parameters: headers(),
      headers: {
        ETag: {
          description: 'the revision of the resource, in quotes; give it as If-Match',
          schema: { type: 'string' },
        },
        'X-Position': {
          description: 'where in the log the change stands; give it as X-Wait-For to read what was written',
          schema: { type: 'string', example: '1234/1234' },
        },
      },
    },
  }
}

function introduction(): string {
  const rows = Object.entries(problemKinds).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)
  return [
    'JSON in UTF-8; times in ISO 8601, UTC. Errors are problems (RFC 9457, `application/problem+json`); `type` is `urn:parley:problem:` and one of:',
    '',
    '| code | status | title |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

function headers(): Json {
  return {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'The same key answers the same, however often it is sent; with another body it is refused (422).',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    },
    IfMatch: {
      name: 'If-Match',
      in: 'header',
      description: 'Do it only if the resource is at this revision, as ETag gave it; else 412.',
      schema: { type: 'string', example: '"7"' },
    },
    WaitFor: {
      name: 'X-Wait-For',
      in: 'header',
      description: 'Answer only what has seen this position, as X-Position gave it; after 2 s without, 504.',
      schema: { type: 'string', pattern: '^\\d{1,19}/\\d{1,19}$', example: '1234/1234' },
    },
  }
}

function pathsOf(open: readonly Route[]): Json {
  const paths: Record<string, Json> = {}
  for (const route of open) {
    const item = paths[route.path] ?? {}
    item[route.method.toLowerCase()] = operationOf(route)
    paths[route.path] = item
  }
  return paths
}

function operationOf(route: Route): Json {
  const { access, scope, body, description } = route
  const rights = { public: '', agent: 'For agents and admins.', admin: 'For admins.', system: '' }[access]
  const keys = scope === undefined ? '' : `API keys need the scope \`${scope}\`.`
  return {
    operationId: operationIdOf(route),
    tags: [route.tag],
    summary: route.summary,
    description: [description, rights, keys].filter((text) => text !== undefined && text !== '').join('\n\n'),
    security: access === 'public' ? [{}, { bearer: [] }] : [{ bearer: [] }],
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : { requestBody: { required: needsBody(body), content: { 'application/json': { schema: referring(body) } } } }),
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

function parametersOf(route: Route): Json[] {
  const ref = (name: string): Json => ({ $ref: `#/components/parameters/${name}` })
  return [
    ...fieldsOf(route.params, 'path'),
    ...fieldsOf(route.query, 'query'),
    ...(route.rejections.includes('idempotency-key-reused') ? [ref('IdempotencyKey')] : []),
    ...(route.rejections.includes('precondition-failed') ? [ref('IfMatch')] : []),
    ...(route.rejections.includes('projection-behind') ? [ref('WaitFor')] : []),
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
  const answered = Object.entries(route.answers).map(([status, { description, schema }]) => [
    status,
    {
      description,
      ...(command
        ? {
            headers: {
              ETag: { $ref: '#/components/headers/ETag' },
              'X-Position': { $ref: '#/components/headers/X-Position' },
            },
          }
        : {}),
      ...(schema === undefined ? {} : { content: { 'application/json': { schema: referring(schema) } } }),
    },
  ])
  const refusals = rejectionsOf(route)
  const statuses = new Set(refusals.map((code) => problemKinds[code].status))
  const refused = [...statuses].map((status) => [
    String(status),
    {
      description: refusals
        .filter((code) => problemKinds[code].status === status)
        .map((code) => `\`${code}\``)
        .join(', '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ])
  return Object.fromEntries([...answered, ...refused])
}

function rejectionsOf({ access, method, rejections }: Route): RejectionCode[] {
  const codes: RejectionCode[] = [
    ...always,
    ...(access === 'public' ? [] : (['forbidden'] as const)),
    ...(method === 'GET' ? [] : (['malformed-json', 'unsupported-media-type'] as const)),
    ...rejections,
  ]
  return [...new Set(codes)]
}
