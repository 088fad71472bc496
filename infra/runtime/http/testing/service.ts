import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import Type from 'typebox'
import type { Caller } from '../../../../schemas/caller.ts'
import { exactly, Id, Metadata, nullable } from '../../../../schemas/fields.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { route } from '../../../../schemas/route.ts'
import { createInternalTokens, type InternalTokens } from '../../auth/internal-tokens.ts'
import { LogUnavailable } from '../../event-store/log.ts'
import { createLogger } from '../../logger.ts'
import { createMetrics } from '../../metrics.ts'
import { bind, type Request } from '../binding.ts'
import { serve } from '../server.ts'

export const id = '6f1e2f0a-0000-4000-8000-00000000000a'
const declared = { service: 'command-api', tag: 'Test', summary: '', rejections: [] } as const
const answers = { 200: { description: 'ok', schema: Type.Unknown() } }
const byId = exactly({ id: Id })

export const routes = {
  put: route({
    ...declared,
    method: 'POST',
    path: '/things/{id}',
    access: 'public',
    scope: 'write',
    params: byId,
    query: exactly({
      page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
      tag: Type.Optional(Type.String()),
    }),
    body: exactly({
      name: Type.String({ minLength: 1, maxLength: 5 }),
      note: Type.Optional(nullable(Type.String())),
      metadata: Type.Optional(Metadata),
      at: Type.Optional(Type.String({ format: 'date-time' })),
    }),
    answers,
  }),
  close: route({
    ...declared,
    method: 'POST',
    path: '/things/{id}/close',
    access: 'agent',
    params: byId,
    body: exactly({ tags: Type.Optional(Type.Array(Type.String())) }),
    answers,
  }),
  get: route({
    ...declared,
    method: 'GET',
    path: '/things/{id}',
    access: 'admin',
    scope: 'read',
    params: byId,
    answers,
  }),
  make: route({ ...declared, method: 'POST', path: '/internal/things', access: 'system', answers }),
  fixed: route({ ...declared, method: 'GET', path: '/things/latest', access: 'public', answers }),
  slow: route({ ...declared, method: 'GET', path: '/slow', access: 'public', answers }),
  fail: route({
    ...declared,
    method: 'GET',
    path: '/fail/{how}',
    access: 'public',
    params: exactly({ how: Type.String() }),
    answers,
  }),
  drift: route({
    ...declared,
    method: 'GET',
    path: '/drift',
    access: 'public',
    answers: { 200: { description: 'ok', schema: exactly({ id: Id }) } },
  }),
}

const failures: Record<string, () => Error> = {
  unknown: () => new Error('SELECT secret FROM places'),
  log: () => new LogUnavailable('no leader'),
  postgres: () => Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' }),
  shutdown: () => Object.assign(new Error('terminating connection'), { code: '57P01' }),
  redis: () => new Error("Stream isn't writeable and enableOfflineQueue options is false"),
  behind: () => new Rejection('projection-behind', 'The projection is behind'),
}

export const json = { 'content-type': 'application/json' }
export const agent: Caller = { kind: 'agent', id, workspaceId: id, role: 'agent', email: 'a@b.example' }

export interface TestService {
  url: string
  port: number
  tokens: InternalTokens
  post(path: string, body?: string | Buffer, headers?: Record<string, string>): Promise<Response>
  as(caller: Caller): Promise<{ authorization: string }>
  /** What readyz gives as the reason. */
  ready: { reason: string | undefined }
  /** Tells `begun` when /slow is asked, and lets it answer on `end`. */
  slow: EventEmitter
  stop(): Promise<void>
}

/** A service of routes that echo what reached them. */
export async function startTestService(): Promise<TestService> {
  const tokens = createInternalTokens('internal-secret-internal-secret-')
  const slow = new EventEmitter()
  const ready: TestService['ready'] = { reason: undefined }
  const serving = await serve({
    name: 'test',
    config: { environment: 'test' },
    logger: createLogger({ logLevel: 'silent' }, 'test'),
    metrics: createMetrics('test'),
    port: 0,
    host: '127.0.0.1',
    tokens,
    ready: async () => ready.reason,
    bindings: [
      bind(routes.put, echo),
      bind(routes.close, echo),
      bind(routes.get, echo),
      bind(routes.make, echo),
      bind(routes.fixed, () => ({ status: 200, body: 'the latest' })),
      bind(routes.drift, () => ({ status: 200, body: { id: 'none' } })),
      bind(routes.slow, async () => {
        slow.emit('begun')
        await once(slow, 'end')
        return { status: 200, body: 'at last' }
      }),
      bind(routes.fail, ({ params }) => {
        throw failures[params.how]?.() ?? new Error('no such failure')
      }),
    ],
  })
  const url = `http://127.0.0.1:${serving.port}`
  return {
    url,
    port: serving.port,
    tokens,
    ready,
    slow,
    post: (path, body, headers = json) =>
      fetch(url + path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) }),
    as: async (caller) => ({ authorization: `Bearer ${await tokens.issue(caller)}` }),
    stop: () => serving.stop(500),
  }
}

function echo({ headers: _, ip: __, ...request }: Request) {
  return {
    status: 200,
    body: { ...request, waitFor: String(request.waitFor?.commit) },
    revision: 7,
    position: { commit: 12n, prepare: 11n },
  }
}

/** Asserts that an answer is this problem, whole; resolves with it. */
export async function problem(response: Response, status: number, code: string): Promise<Record<string, unknown>> {
  const body = (await response.json()) as Record<string, unknown>
  assert.equal(response.status, status, JSON.stringify(body))
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(body.type, `urn:parley:problem:${code}`)
  assert.equal(body.status, status)
  assert.equal(body.error, body.detail)
  assert.match(String(body.traceId), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
  return body
}
