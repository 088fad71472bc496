import { waitOf } from '../http/retry-after.ts'

/** What Meta's Graph API answers: never more than this. */
const mostBytes = 262_144

export interface GraphAnswer {
  status: number
  /** Parsed; undefined where it is no JSON. */
  body: unknown
  retryAfterMs: number
}

export interface GraphQuestion {
  token: string
  method?: 'GET' | 'POST'
  /** JSON, or a form with a file. */
  body?: object | FormData
  timeoutMs: number
}

/** `<base>/<version>/<path>`; `base` is a setting, all else is checked to be plain. */
export function graphUrl(base: string, version: string, ...path: string[]): string {
  return [base.replace(/\/+$/, ''), version, ...path.map(encodeURIComponent)].join('/')
}

/** Asks the Graph API. Follows no redirect. Throws where there is no answer; what it throws quotes neither token nor body. */
export async function askGraph(
  url: string,
  { token, method = 'POST', body, timeoutMs }: GraphQuestion,
): Promise<GraphAnswer> {
  if (!isHeaderValue(token)) return { status: 401, body: { error: { code: 190 } }, retryAfterMs: 0 }
  const json = body !== undefined && !(body instanceof FormData)
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json ? { 'content-type': 'application/json' } : {}) },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const bytes = await bytesOf(response, mostBytes)
  return {
    status: response.status,
    body: bytes === undefined ? undefined : parsed(bytes.toString('utf8')),
    retryAfterMs: waitOf(response.headers.get('retry-after')),
  }
}

/** The bytes of a file of Meta's; undefined where there is none, or where there are more than `most`. */
export async function loadFile(
  url: string,
  { token, most, timeoutMs }: { token: string; most: number; timeoutMs: number },
): Promise<{ status: number; bytes: Buffer | undefined }> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  return { status: response.status, bytes: await bytesOf(response, most) }
}

/**
 * Where the API says that a file lies: that must be with itself or with Meta's store of files, since the token goes along, and since our
 * own network is nobody's to read.
 */
export function isMetas(url: string, base: string): boolean {
  if (!URL.canParse(url)) return false
  const { origin, protocol, hostname, port } = new URL(url)
  const own = new URL(base)
  if (origin === own.origin) return true
  if (protocol !== 'https:' || port !== '') return false
  return hostname.endsWith(`.${own.hostname}`) || hostname.endsWith('.fbsbx.com')
}

const isHeaderValue = (token: string) => /^[\x21-\x7e]+$/.test(token)

async function bytesOf(response: Response, most: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
