import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { type FieldError, Rejection } from '../../../schemas/rejection.ts'
import { essenceOf } from './media-type.ts'
import { invalid } from './problem.ts'
import { isStorable } from './storable.ts'

/** One part of a multipart/form-data body (RFC 7578). */
export type Part = FieldPart | FilePart

export interface FieldPart {
  kind: 'field'
  name: string
  value: string
}

export interface FilePart {
  kind: 'file'
  name: string
  /** As the client wrote it: not to be trusted, nor is the type. */
  filename: string
  type: string
  /** At most `uploadLimits.fileBytes`; throws the refusal of the whole upload when there is more, or when the client goes away. */
  content: AsyncIterable<Buffer>
}

/**
 * The parts in their order, as they come in; nothing is read before they are asked for, and no more than a piece is held. Read the content
 * of a file before you ask for the next part: what is left of it is dropped then. Throws Rejection('too-large') or Rejection('validation').
 */
export type Parts = AsyncIterable<Part>

export const uploadLimits = { files: 5, fileBytes: 10 * 1024 * 1024, fields: 20, fieldBytes: 64 * 1024 } as const

/** Most bytes of a whole upload: its files, its fields, and what stands between them. */
export const uploadBytes = uploadLimits.files * uploadLimits.fileBytes + 2 * 1024 * 1024

export function isMultipart({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return essenceOf(headers['content-type']) === 'multipart/form-data'
}

/** Throws Rejection('too-large') for an upload that need not be looked at to be refused. */
export function demandUploadInBounds({ headers }: Pick<IncomingMessage, 'headers'>): void {
  if (Number(headers['content-length'] ?? 0) > uploadBytes) throw tooMuch()
}

export async function* readParts(request: IncomingMessage): AsyncGenerator<Part, void, undefined> {
  const parser = parserOf(request)
  const parts = new Readable({ objectMode: true, read: () => undefined })
  const files = new Map<Part, Readable>()
  let refusal: Rejection | undefined
  let bytes = 0

  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > uploadBytes) fail(tooMuch())
  }
  const left = () => {
    if (!request.complete) fail(broken('The body ended before it was complete'))
  }
  const release = () => {
    request.off('data', count).off('close', left).off('error', left).unpipe(parser)
    // What comes after a refusal is read and dropped, so that the client gets to read why.
    request.resume()
  }
  const fail = (error: unknown) => {
    if (refusal !== undefined) return
    refusal = error instanceof Rejection ? error : broken('The multipart body is malformed', error)
    release()
    parts.destroy(refusal)
    for (const file of files.values()) file.destroy(refusal)
  }
  async function* contentOf(file: Readable): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* file.iterator({ destroyOnReturn: false })
    } catch (error) {
      fail(error)
      throw refusal
    }
  }

  parser.on('file', (name, file, filename, _encoding, type) => {
    file.on('error', fail).on('limit', () => fail(tooLargeFile()))
    const part = { kind: 'file', name: name ?? '', filename: filename ?? '', type, content: contentOf(file) } as const
    files.set(part, file)
    parts.push(part)
  })
  parser.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut)
      fail(new Rejection('too-large', `A field must not be larger than ${uploadLimits.fieldBytes / 1024} kB`))
    else if (!isStorable(value)) fail(unstorable(name ?? ''))
    else parts.push({ kind: 'field', name: name ?? '', value })
  })
  parser.on('filesLimit', () => fail(tooMany('files', uploadLimits.files)))
  parser.on('fieldsLimit', () => fail(tooMany('fields', uploadLimits.fields)))
  parser.on('finish', () => parts.push(null))
  parser.on('error', fail)
  request.on('error', left).on('close', left).on('data', count).pipe(parser)
  try {
    for await (const part of parts as AsyncIterable<Part>) {
      yield part
      files.get(part)?.resume()
      files.delete(part)
    }
  } finally {
    release()
  }
}

function parserOf({ headers }: IncomingMessage): BusboyInstance {
  const { files, fileBytes, fields, fieldBytes } = uploadLimits
  const limits = { files, fileSize: fileBytes, fields, fieldSize: fieldBytes, headerPairs: 20, headerSize: 8192 }
  try {
    return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits })
  } catch (error) {
    throw broken('The Content-Type of a multipart body must name its boundary', error)
  }
}

function tooMuch(): Rejection {
  return new Rejection('too-large', `An upload must not be larger than ${uploadLimits.files} files of 10 MB`)
}

function tooLargeFile(): Rejection {
  return new Rejection('too-large', 'A file must not be larger than 10 MB')
}

function tooMany(name: string, most: number): Rejection {
  return invalid([{ path: `/${name}`, message: `an upload must not have more than ${most} ${name}` }])
}

function unstorable(name: string): Rejection {
  return invalid([{ path: `/${name}`, message: `${name} must not contain NUL characters` }])
}

function broken(message: string, cause?: unknown): Rejection {
  const error: FieldError = { path: '', message }
  return Object.assign(invalid([error]), { cause })
}
