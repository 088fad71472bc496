import { componentSchemas } from './openapi-components.ts'
import { operationOf } from './openapi-operation.ts'
import { problemKinds } from './problem.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

type Json = Record<string, unknown>

const tags: Readonly<Record<string, string>> = {
  Identity: 'Tokens, sessions, passwords and API keys',
  Conversations: 'Conversations between a visitor and a workspace',
  Messages: 'What is said in them',
  Widgets: 'The chat windows on the sites of a workspace',
  Contacts: 'The people who write',
  Channels: 'How they reach a workspace beside widgets',
  Agents: 'The people who answer',
  Settings: 'What a workspace is set to',
  Analytics: 'Figures over time',
  'Chat flows': 'Document E: conversations that answer by themselves',
  Webhooks: 'Document D: what happens, sent to addresses of your own',
  Automations: 'Document D: rules on what happens',
  Suggestions: 'What an agent might answer',
  Files: 'What goes with messages',
  Admin: 'Lists and figures for admins',
  'Site chat': 'Document B: a dialect of the above, by site key; errors are `{"error": …}` alone',
  'Chatbot platform': 'Document C: a dialect of the above, in snake case; errors are `{"error": …}` alone',
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
          description:
            'An access token (POST /auth/v1/token), a visitor token, or an API key (pk_…); in document B’s endpoints also the site key (sk_…).',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'session',
          description: 'Set by POST /auth/login.',
        },
        csrf: {
          type: 'apiKey',
          in: 'header',
          name: 'X-CSRFToken',
          description: 'From GET /auth/csrf: whoever shows the cookie needs it for all that changes something.',
        },
        siteKey: { type: 'apiKey', in: 'header', name: 'X-Site-Key', description: 'The key of a site channel (sk_…).' },
        siteKeyInQuery: { type: 'apiKey', in: 'query', name: 'site_key', description: 'The same, in the address.' },
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
