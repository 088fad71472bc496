import { createHash } from 'node:crypto'

/** Whether an instance takes clients now. Never rejects. */
export type Probe = (url: string) => Promise<boolean>

interface Known {
  isReady: boolean
  /** Milliseconds. */
  at: number
}

/** For how long it is believed what an instance has answered. */
const believedMs = 1000
const probeMs = 1000

/**
 * The instances of a service that keeps something of its clients. Which of them a client belongs with is computed, not remembered: so
 * every gateway sends him to the same one, and when that is gone, to the same next one.
 */
export class Instances {
  readonly #urls: readonly [string, ...string[]]
  readonly #probe: Probe
  readonly #now: () => number
  readonly #known = new Map<string, Known>()
  readonly #asked = new Map<string, Promise<boolean>>()
  #turn = 0

  constructor(
    urls: readonly [string, ...string[]],
    probe: Probe = isReady,
    now: () => number = () => performance.now(),
  ) {
    this.#urls = urls
    this.#probe = probe
    this.#now = now
  }

  /**
   * All, in the order in which they should be tried: with a `key` an order that is its own, without one each time another, which
   * spreads evenly. Those that are known to be away come last.
   */
  inOrder(key?: string): string[] {
    const urls = key === undefined ? this.#rotated() : ranked(this.#urls, key)
    const isAway = (url: string) => this.#believed(url) === false
    return [...urls.filter((url) => !isAway(url)), ...urls.filter(isAway)]
  }

  /**
   * The one that all requests of a client reach, by his `key`: the first in his order that is ready, or just the first when none is.
   * What begins (`isNew`) finds the next one at once; what has begun on one that is gone is lost anyway.
   */
  async of(key: string, isNew: boolean): Promise<string> {
    const [first, ...others] = ranked(this.#urls, key)
    if (first === undefined || others.length === 0) return this.#urls[0]
    for (const url of [first, ...others]) if (await this.#isReady(url, isNew)) return url
    return first
  }

  /** It did not do what it was asked: it is asked how it is before others are sent there. */
  doubt(url: string): void {
    this.#known.delete(url)
    if (this.#urls.length > 1) void this.#ask(url)
  }

  #rotated(): string[] {
    const turn = this.#turn++ % this.#urls.length
    return [...this.#urls.slice(turn), ...this.#urls.slice(0, turn)]
  }

  async #isReady(url: string, isNew: boolean): Promise<boolean> {
    const believed = this.#believed(url)
    return believed === false || (believed === true && !isNew) ? believed : this.#ask(url)
  }

  #believed(url: string): boolean | undefined {
    const known = this.#known.get(url)
    return known !== undefined && this.#now() - known.at < believedMs ? known.isReady : undefined
  }

  #ask(url: string): Promise<boolean> {
    const asking =
      this.#asked.get(url) ??
      this.#probe(url).then((isReady) => {
        this.#known.set(url, { isReady, at: this.#now() })
        this.#asked.delete(url)
        return isReady
      })
    this.#asked.set(url, asking)
    return asking
  }
}

/** Rendezvous hashing: when one goes, only those who were its own move, and they spread over all others. */
export function ranked(urls: readonly string[], key: string): string[] {
  const weighed = urls.map((url) => ({ url, weight: createHash('sha256').update(`${url} ${key}`).digest('hex') }))
  return weighed.sort((a, b) => (a.weight < b.weight ? 1 : -1)).map(({ url }) => url)
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(probeMs) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    // Not to be reached is an answer.
    return false
  }
}
