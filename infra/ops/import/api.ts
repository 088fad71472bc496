import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

export interface ApiOptions {
  gateway: string
  apiKey: string
  connections: number
  /** How long a request is tried again before the import gives up, in milliseconds. */
  patienceMs: number
  onRetry?: (reason: string) => void
}

export interface Answer {
  status: number
  body: unknown
  position: string | undefined
}

/** The API refused, and trying again would not help. */
export class Refused extends Error {
  override name = 'Refused'
}

/**
 * The public HTTP API as an importer calls it. What can pass (a lost connection, 429, 5xx) is tried again with the same
 * Idempotency-Key, so that nothing doubles.
 */
export class Api {
  readonly #pool: Pool
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
    this.#pool = new Pool(options.gateway, {
      connections: options.connections,
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
    })
  }

  post(path: string, body: unknown, idempotencyKey: string): Promise<Answer> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
    return this.#insist('POST', path, headers, JSON.stringify(body))
  }

  get(path: string, waitFor?: string): Promise<Answer> {
    return this.#insist('GET', path, waitFor === undefined ? {} : { 'x-wait-for': waitFor })
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #insist(method: 'GET' | 'POST', path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const deadline = Date.now() + this.#options.patienceMs
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(method, path, headers, body)
      if ('answer' in outcome) return outcome.answer
      if (Date.now() > deadline) throw new Error(`${method} ${path}: ${outcome.passing}; gave up`)
      this.#options.onRetry?.(outcome.passing)
      await sleep(outcome.afterMs ?? Math.min(100 * 2 ** attempt, 3000) * (0.5 + Math.random()))
    }
  }

  async #once(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<{ answer: Answer } | { passing: string; afterMs?: number }> {
    try {
      const authorization = `Bearer ${this.#options.apiKey}`
      const reply = await this.#pool.request({
        method,
        path,
        headers: { authorization, ...headers },
        body: body ?? null,
      })
      const text = await reply.body.text()
      if (reply.statusCode === 429 || reply.statusCode >= 500) {
        const after = Number(reply.headers['retry-after'])
        return { passing: `status ${reply.statusCode}`, ...(after > 0 ? { afterMs: Math.min(after, 60) * 1000 } : {}) }
      }
      if (reply.statusCode >= 400)
        throw new Refused(`${method} ${path} was refused with ${reply.statusCode}: ${detailOf(text)}`)
      const position = reply.headers['x-position']
      return {
        answer: {
          status: reply.statusCode,
          body: JSON.parse(text),
          position: typeof position === 'string' ? position : undefined,
        },
      }
    } catch (error) {
      if (error instanceof Refused) throw error
      return { passing: error instanceof Error ? error.message || error.name : String(error) }
    }
  }
}

function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text)
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) return String(problem.detail)
    return text.slice(0, 300)
  } catch {
    return text.slice(0, 300)
  }
}
