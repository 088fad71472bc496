import type { IncomingMessage } from 'node:http'
import type { Route } from '../../../schemas/route.ts'
import { readBody, readBytes, readForm } from './body.ts'
import { essenceOf, unsupported } from './media-type.ts'
import { demandUploadInBounds, isMultipart, type Parts, readParts } from './multipart.ts'

/** What a request brings: a body, read whole, or the parts of one, to be read by the handler; neither where there is none. */
export interface Incoming {
  body: unknown
  parts: Parts | undefined
  /** As they came, where the route takes them so. */
  bytes?: Buffer
}

const nothing: Incoming = { body: undefined, parts: undefined }

/** Reads a request's body in the forms that its route takes. Throws Rejection. */
export function incomingOf(request: IncomingMessage, { takes, body }: Route): Incoming | Promise<Incoming> {
  if (request.method === 'GET' || request.method === 'HEAD') return nothing
  if (takes === 'bytes') return signed(readBytes(request))
  if (takes === 'multipart') {
    if (isMultipart(request)) return upload(request)
    if (body === undefined) throw unsupported('The body must be a form: set Content-Type to multipart/form-data')
  }
  if (takes === 'form' && essenceOf(request.headers['content-type']) === 'application/x-www-form-urlencoded') {
    return whole(readForm(request))
  }
  return whole(readBody(request))
}

async function whole(reading: Promise<unknown>): Promise<Incoming> {
  return { body: await reading, parts: undefined }
}

async function signed(reading: Promise<Buffer>): Promise<Incoming> {
  return { ...nothing, bytes: await reading }
}

function upload(request: IncomingMessage): Incoming {
  demandUploadInBounds(request)
  return { body: undefined, parts: readParts(request) }
}
