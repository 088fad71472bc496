import { waitOf } from '../../infra/runtime/http/retry-after.ts'
import { patienceMs } from './sender.ts'

export interface Posted {
  status: number
  /** Parsed; undefined where it is no JSON. */
  body: unknown
  retryAfterMs: number
}

const mostBytes = 65_536

/** Posts to Google and reads the answer, of which there is little. Follows no redirect. Throws when there is no answer. */
export async function post(url: string, headers: Record<string, string>, body: string): Promise<Posted> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  })
  return {
    status: response.status,
    body: parsed(await textOf(response)),
    retryAfterMs: waitOf(response.headers.get('retry-after')),
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error('the answer has no end')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What it says is not quoted by the error either: an answer may hold an access token. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
