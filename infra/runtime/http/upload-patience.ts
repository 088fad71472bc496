import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { isMultipart } from './multipart.ts'

export interface UploadPatience {
  /** Notes a request that brings files. */
  note(request: IncomingMessage): void
  /** Whether such a request is still coming in on a connection; it gets so much longer, then the connection is cut. */
  grant(socket: Duplex, moreMs: number): boolean
}

/**
 * Node has one limit for how long a request may take to come in, and reports once that it is over. 10 MB over a slow line take longer
 * than is good for all other requests, so that an upload is given more time when it is reported.
 */
export function uploadPatience(): UploadPatience {
  const uploads = new WeakMap<Duplex, IncomingMessage>()
  return {
    note(request) {
      if (request.method === 'POST' && isMultipart(request)) uploads.set(request.socket, request)
    },
    grant(socket, moreMs) {
      const request = uploads.get(socket)
      if (request === undefined || request.complete) return false
      const late = setTimeout(() => request.destroy(), moreMs)
      request.once('close', () => clearTimeout(late))
      return true
    },
  }
}
