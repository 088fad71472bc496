import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A store that speaks as much of S3's protocol as ours needs, and notes what it was asked. */
export interface FakeS3 {
  url: string
  /** `PUT /bucket/key`, in their order, with the headers of each. */
  asked: { what: string; headers: IncomingMessage['headers'] }[]
  stop(): Promise<void>
}

/** How many keys it lists at a time: few, so that pages are read on. */
const pageSize = 2

type Answer = [status: number, body: string | Buffer]

export async function startFakeS3(bucket: string): Promise<FakeS3> {
  const objects = new Map<string, Buffer>()
  const asked: FakeS3['asked'] = []

  const answerTo = (request: IncomingMessage, url: URL, body: Buffer): Answer => {
    const signed = /^AWS4-HMAC-SHA256 Credential=key-id\/\d{8}\/eu-test-1\/s3\/aws4_request, /
    if (!signed.test(request.headers.authorization ?? '')) return fault(403, 'AccessDenied')
    const [, name, ...rest] = url.pathname.split('/')
    if (name !== bucket) return fault(404, 'NoSuchBucket')
    const key = decodeURIComponent(rest.join('/'))
    if (key !== '') return ofObject(objects, key, request, body)
    if (request.method === 'POST' && url.searchParams.has('delete')) return deletion(objects, body.toString())
    return request.method === 'GET' ? listing(objects, url.searchParams) : fault(501, 'NotImplemented')
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://s3')
    asked.push({ what: `${request.method} ${url.pathname}`, headers: request.headers })
    const [status, body] = answerTo(request, url, await bytesOf(request))
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function ofObject(objects: Map<string, Buffer>, key: string, request: IncomingMessage, body: Buffer): Answer {
  const { method, headers } = request
  if (method === 'PUT') {
    if (Number(headers['content-length']) !== body.length) return fault(411, 'MissingContentLength')
    objects.set(key, body)
    return [200, '']
  }
  if (method === 'DELETE') {
    objects.delete(key)
    return [204, '']
  }
  const found = objects.get(key)
  if (found === undefined) return fault(404, 'NoSuchKey')
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
  return start === undefined ? [200, found] : [206, found.subarray(Number(start), Number(end) + 1)]
}

function deletion(objects: Map<string, Buffer>, body: string): Answer {
  for (const [, key] of body.matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(key ?? '')
  return [200, '<DeleteResult/>']
}

function listing(objects: Map<string, Buffer>, query: URLSearchParams): Answer {
  const after = query.get('continuation-token') ?? ''
  const prefix = query.get('prefix') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
  const page = keys.slice(0, pageSize)
  const next = keys.length > pageSize ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  const contents = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
  return [200, `<ListBucketResult>${next}${contents}</ListBucketResult>`]
}

function fault(status: number, code: string): Answer {
  return [status, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`]
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
