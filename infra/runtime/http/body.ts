import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { parse as parseForm } from 'node:querystring'
import { Rejection } from '../../../schemas/rejection.ts'
import { demandUncompressed, demandUtf8, unsupported } from './media-type.ts'
import { invalid } from './problem.ts'
import { isSuspicious, unstorableIn } from './storable.ts'

export const bodyLimit = 1024 * 1024

/** Deeper than any client nests, and shallow enough for every recursive reader behind us. */
const depthLimit = 64

const json = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json *(?:;|$)/i

/** The JSON body of a request; undefined where there is none. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await bytesOf(request)
  if (bytes === undefined) return undefined
  demandJson(request)
  return parse(bytes)
}

/** The fields of a form (application/x-www-form-urlencoded): a text each, or a list of texts where a name comes again. */
export async function readForm(request: IncomingMessage): Promise<unknown> {
  const bytes = await bytesOf(request)
  demandUtf8(request.headers['content-type'] ?? '')
  demandUncompressed(request.headers['content-encoding'])
  const fields = { ...parseForm((bytes ?? '').toString()) }
  const unstorable = unstorableIn(fields)
  if (unstorable !== undefined) throw invalid([unstorable])
  return fields
}

/** Most bytes of a body that its sender has signed: other systems gather what they have to say. */
export const signedLimit = 4 * bodyLimit

/** A body as it came, of whatever type; empty where there is none. */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  demandUncompressed(request.headers['content-encoding'])
  return (await bytesOf(request, signedLimit)) ?? Buffer.alloc(0)
}

async function bytesOf(request: IncomingMessage, limit = bodyLimit): Promise<Buffer | undefined> {
  const { headers } = request
  const length = headers['content-length']
  if (length === undefined ? headers['transfer-encoding'] === undefined : length === '0') return undefined
  if (length !== undefined && Number(length) > limit) throw tooLarge(limit)
  const bytes = await collect(request, limit)
  return bytes.length === 0 ? undefined : bytes
}

function demandJson({ headers }: IncomingMessage): void {
  const type = headers['content-type'] ?? ''
  if (type !== 'application/json') {
    if (!json.test(type)) throw unsupported('The body must be JSON: set Content-Type to application/json')
    demandUtf8(type)
  }
  demandUncompressed(headers['content-encoding'])
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        chunks.length = 0
        reject(tooLarge(limit))
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', () => reject(new Rejection('malformed-json', 'The body ended before it was complete')))
  })
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Rejection('malformed-json', 'The body is not valid UTF-8')
  const text = bytes.toString('utf8')
  const value = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  if (isTooDeep(text)) throw invalid([{ path: '', message: `the body must not be nested deeper than ${depthLimit}` }])
  const unstorable = isSuspicious(text) ? unstorableIn(value) : undefined
  if (unstorable !== undefined) throw invalid([unstorable])
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A syntax error, or nesting beyond the parser's stack. Its words quote the body, which may be private, so they are not repeated.
    throw Object.assign(new Rejection('malformed-json', 'The body is not valid JSON'), { cause: error })
  }
}

/** Counts brackets outside of strings; bodies too short to be deep are not looked at. */
function isTooDeep(text: string): boolean {
  if (text.length <= depthLimit * 2) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > depthLimit) return true
    } else if (unit === 0x7d || unit === 0x5d) depth--
  }
  return false
}

const tooLarge = (limit: number) =>
  new Rejection('too-large', `The body must not be larger than ${limit / bodyLimit} MB`)
