import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export interface Sent {
  method: string
  headers: Record<string, string>
  body: string | undefined
  timeoutMs: number
}

export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/**
 * A small request on a connection that is kept, and the whole of its answer as text; rejects where there is none in time. It takes half
 * the time that `fetch` does, which makes streams and events of both bodies.
 */
export async function roundTrip(url: string, { method, headers, body, timeoutMs }: Sent): Promise<Answered> {
  const ask = url.startsWith('https:') ? (await import('node:https')).request : request
  return new Promise((resolve, reject) => {
    const sending = ask(url, { method, headers: body === undefined ? headers : { ...headers, ...lengthOf(body) } })
    const clock = setTimeout(() => sending.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
    const settled = <T>(settle: (value: T) => void) => {
      return (value: T) => {
        clearTimeout(clock)
        settle(value)
      }
    }
    sending.on('error', settled(reject))
    sending.on('response', (response) => {
      whole(response).then(
        settled((text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text })),
        settled(reject),
      )
    })
    sending.end(body)
  })
}

const lengthOf = (body: string) => ({ 'content-length': String(Buffer.byteLength(body)) })

function whole(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    // Cut off in the middle of the answer, it tells of an error before it closes.
    response.on('error', reject)
  })
}
