import { Agent, request } from 'undici'

export interface Called {
  status: number
  headers: Record<string, string | string[] | undefined>
  // What a test looks into is its own affair.
  body: Record<string, unknown>
}

export interface CallOptions {
  token?: string | undefined
  body?: unknown
  /** Sent as it is, instead of `body`. */
  raw?: string | Buffer
  headers?: Record<string, string>
}

export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options?: CallOptions,
) => Promise<Called>

/** A plain HTTP client of one server, as a stranger would write it. */
export function callerOf(origin: string): Call {
  const dispatcher = new Agent({ connections: 128, headersTimeout: 30_000 })
  return async (method, path, { token, body, raw, headers = {} } = {}) => {
    const reply = await request(`${origin}${path}`, {
      method,
      dispatcher,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined && raw === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: raw ?? (body === undefined ? null : JSON.stringify(body)),
    })
    const text = await reply.body.text()
    return { status: reply.statusCode, headers: reply.headers, body: text === '' ? {} : parse(text) }
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}
