import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Static, TSchema } from 'typebox'
import type { Route } from '../../../schemas/route.ts'
import { checkOf } from '../../../schemas/validator.ts'
import type { ByteRange } from './content.ts'
import { rejectionOf, type Service, send, type Wish } from './service-call.ts'

/** A file on its way to another service; its bytes are read as they are sent. */
export interface Outgoing {
  filename: string
  content: AsyncIterable<Uint8Array>
}

type FileWish = Omit<Wish, 'body'>

/** Longest that an upload may take: its bytes come as fast as the client sends them. */
const uploadMs = 30 * 60_000

/**
 * Sends files to a declared route of another service that takes multipart, one after the other, as they come. What fails in the making
 * of them is thrown as it is; all else as by `serviceCall`.
 */
export function serviceUpload<S extends TSchema>(service: Service, route: Route, answer: S) {
  const check = checkOf(answer)
  return async (wish: FileWish, files: AsyncIterable<Outgoing>): Promise<Static<S>> => {
    const boundary = `parley-${crypto.randomUUID()}`
    let failure: { reason: unknown } | undefined
    async function* bytes() {
      try {
        yield* multipartOf(files, boundary)
      } catch (reason) {
        failure = { reason }
        throw reason
      }
    }
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const sent = send(service, route, { ...wish, headers, timeoutMs: uploadMs }, Readable.from(bytes()), textOf)
    const { status, ok, text } = await sent.catch((error: unknown) => {
      throw failure === undefined ? error : failure.reason
    })
    if (!ok) throw rejectionOf(route, status, text)
    const checked = check(JSON.parse(text))
    if (!checked.ok) throw new Error(`${route.path} answers what it should not: ${JSON.stringify(checked.errors)}`)
    return checked.value
  }
}

/** Reads bytes, or a range of them, from a declared route of another service. Its refusals are thrown as by `serviceCall`. */
export function serviceDownload(service: Service, route: Route) {
  return async (wish: FileWish, range: ByteRange | undefined): Promise<Readable> => {
    const asked = range === undefined ? wish : { ...wish, headers: { range: `bytes=${range.start}-${range.end}` } }
    const answer = await send<Response | Text>(service, route, asked, undefined, (response) =>
      response.ok ? response : textOf(response),
    )
    if (!(answer instanceof Response)) throw rejectionOf(route, answer.status, answer.text)
    if (answer.body === null) return Readable.from([])
    // Node's own type of the same stream.
    return Readable.fromWeb(answer.body as ReadableStream<Uint8Array>)
  }
}

interface Text {
  status: number
  ok: boolean
  text: string
}

async function textOf(response: Response): Promise<Text> {
  return { status: response.status, ok: response.ok, text: await response.text() }
}

/** RFC 7578; names in the form of RFC 8187, which takes every character. */
async function* multipartOf(files: AsyncIterable<Outgoing>, boundary: string): AsyncGenerator<Uint8Array> {
  for await (const { filename, content } of files) {
    const disposition = `form-data; name="files"; filename*=UTF-8''${encodeURIComponent(filename)}`
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`,
    )
    yield* content
    yield Buffer.from('\r\n')
  }
  yield Buffer.from(`--${boundary}--\r\n`)
}
