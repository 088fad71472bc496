import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import Type from 'typebox'
import { exactly } from '../../../../schemas/fields.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { route } from '../../../../schemas/route.ts'
import { createInternalTokens } from '../../auth/internal-tokens.ts'
import { createLogger } from '../../logger.ts'
import { createMetrics } from '../../metrics.ts'
import { type Binding, bind, bindUpload } from '../binding.ts'
import { type Serving, serve } from '../server.ts'

const declared = { service: 'command-api', tag: 'Test', summary: '', rejections: [], access: 'public' } as const
const any = { 200: { description: 'ok', schema: Type.Unknown() } }
const bytes = { description: 'bytes', type: '*/*' }
const Said = exactly({ text: Type.String({ minLength: 1 }) })

/** Routes that take and give more than JSON, each in its simplest form. */
export const fileRoutes = {
  upload: route({ ...declared, method: 'POST', path: '/files', takes: 'multipart', answers: any }),
  either: route({ ...declared, method: 'POST', path: '/either', takes: 'multipart', body: Said, answers: any }),
  form: route({ ...declared, method: 'POST', path: '/form', takes: 'form', body: Said, answers: any }),
  download: route({
    ...declared,
    method: 'GET',
    path: '/download',
    access: 'public',
    answers: { 200: bytes, 206: bytes, 304: { description: 'known' } },
  }),
  cut: route({ ...declared, method: 'GET', path: '/cut', answers: { 200: bytes, 206: bytes } }),
  csv: route({ ...declared, method: 'GET', path: '/csv', answers: { 200: { description: '', type: 'text/csv' } } }),
  streamed: route({
    ...declared,
    method: 'GET',
    path: '/streamed',
    query: exactly({ failsAfter: Type.Optional(Type.Integer()) }),
    rejections: ['not-found'],
    answers: any,
  }),
  siteChat: route({ ...declared, method: 'POST', path: '/b', dialect: 'site-chat', body: Said, answers: any }),
  platform: route({ ...declared, method: 'POST', path: '/c', dialect: 'chatbot-platform', body: Said, answers: any }),
}

export const downloaded = Buffer.from('0123456789'.repeat(20_000))

export interface FileService {
  url: string
  port: number
  /** Files that a handler was given, by name: their digests, or why they ended. */
  got: Map<string, string>
  stop(): Promise<void>
}

export async function startFileService(): Promise<FileService> {
  const got: FileService['got'] = new Map()
  const serving: Serving = await serve({
    name: 'test',
    config: { environment: 'test' },
    logger: createLogger({ logLevel: 'silent' }, 'test'),
    metrics: createMetrics('test'),
    port: 0,
    host: '127.0.0.1',
    tokens: createInternalTokens('internal-secret-internal-secret-'),
    ready: async () => undefined,
    bindings: bindings(got),
    dialectOf: ({ url }) => (url?.startsWith('/b') ? 'site-chat' : undefined),
  })
  return { url: `http://127.0.0.1:${serving.port}`, port: serving.port, got, stop: () => serving.stop(500) }
}

function bindings(got: FileService['got']): Binding[] {
  const upload = bindUpload(fileRoutes.upload, async ({ parts }) => {
    const body: unknown[] = []
    for await (const part of parts) {
      if (part.kind === 'field') body.push([part.name, part.value])
      else {
        const digest = await digestOf(part.content).catch((error: Error) => {
          got.set(part.filename, error.message)
          throw error
        })
        got.set(part.filename, digest)
        body.push([part.name, part.filename, part.type, digest])
      }
    }
    return { status: 200, body }
  })
  const either = bindUpload(fileRoutes.either, async ({ parts, body }) => {
    const names: string[] = []
    for await (const { name } of parts ?? []) names.push(name)
    return { status: 200, body: body ?? names }
  })
  const download = {
    type: 'text/plain',
    size: downloaded.length,
    etag: 'v1',
    open: async (range: { start: number; end: number } | undefined) =>
      Readable.from(range === undefined ? [downloaded] : [downloaded.subarray(range.start, range.end + 1)]),
  }
  return [
    upload,
    either,
    bind(fileRoutes.form, ({ body }) => ({ status: 200, body })),
    bind(fileRoutes.download, () => ({ status: 200, content: download, headers: { 'Content-Language': 'en' } })),
    bind(fileRoutes.cut, () => ({ status: 200, content: { ...download, size: downloaded.length + 1 } })),
    bind(fileRoutes.csv, () => ({ status: 200, content: { type: 'text/csv; charset=utf-8', text: 'a;ü\r\n' } })),
    bind(fileRoutes.streamed, ({ query }) => {
      const pieces = numbers(query.failsAfter)
      return { status: 200, content: { type: 'application/json; charset=utf-8', pieces } }
    }),
    ...[fileRoutes.siteChat, fileRoutes.platform].map((route) => bind(route, ({ body }) => ({ status: 200, body }))),
  ]
}

/** A list of many numbers as JSON, as it is made. */
async function* numbers(failsAfter = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  for (let n = 0; n < 50_000; n++) {
    if (n === failsAfter) throw new Rejection('not-found', 'There is no more.')
    yield `${n === 0 ? '[' : ','}${n}`
  }
  yield ']'
}

export async function digestOf(content: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

/** Asserts that a refusal is in the form of a dialect: `{error}` and nothing else. */
export async function plainError(response: Response, status: number): Promise<string> {
  const body = (await response.json()) as { error: string }
  assert.equal(response.status, status, JSON.stringify(body))
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.deepEqual(Object.keys(body), ['error'])
  return body.error
}
