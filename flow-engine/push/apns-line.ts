import http2 from 'node:http2'
import { patienceMs } from './sender.ts'

export interface Said {
  status: number
  text: string
  retryAfter: string | undefined
}

const mostBytes = 65_536
const idleMs = 10 * 60_000

/**
 * One HTTP/2 connection to Apple that is kept, and made anew when it is gone: Apple takes opening one for each push for an attack.
 * Requests share it. One that is not answered in time ends it, since a connection that died without a word takes everything and answers
 * nothing.
 */
export class ApnsLine {
  readonly #origin: string
  #session: http2.ClientHttp2Session | undefined

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Throws when there is no answer. */
  post(path: string, headers: Record<string, string>, body: string): Promise<Said> {
    return new Promise((resolve, reject) => {
      const session = this.#open()
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers })
      let said: Said | undefined
      let bytes = 0
      const chunks: Buffer[] = []
      stream.setTimeout(patienceMs, () => {
        stream.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
        this.#drop(session)
        session.destroy()
      })
      stream.on('response', ({ ':status': status = 0, 'retry-after': retryAfter }) => {
        said = { status, text: '', retryAfter: [retryAfter].flat()[0] }
      })
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= mostBytes) chunks.push(chunk)
        else stream.destroy(new Error('the answer has no end'))
      })
      stream.on('error', reject)
      stream.on('close', () => {
        if (said === undefined) reject(new Error('the connection ended before the answer'))
        else resolve({ ...said, text: Buffer.concat(chunks).toString('utf8') })
      })
      stream.end(body)
    })
  }

  close(): void {
    this.#session?.close()
    this.#session = undefined
  }

  #open(): http2.ClientHttp2Session {
    const known = this.#session
    if (known !== undefined && !known.closed && !known.destroyed) return known
    const session = http2.connect(this.#origin)
    const gone = () => this.#drop(session)
    // What it carried fails with it, and is told there.
    session.on('error', gone)
    session.on('goaway', gone)
    session.on('close', gone)
    session.setTimeout(idleMs, () => {
      gone()
      session.close()
    })
    session.unref()
    this.#session = session
    return session
  }

  #drop(session: http2.ClientHttp2Session): void {
    if (this.#session === session) this.#session = undefined
  }
}
