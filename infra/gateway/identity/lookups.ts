import { LRUCache } from 'lru-cache'

/**
 * What was looked up, for a while, also that there is nothing: so that neither each request nor a secret that is tried over and over
 * reaches the database. Those who ask for the same at the same time share one look.
 */
export interface Lookups<T> {
  get(name: string, look: () => Promise<T | undefined>): Promise<T | undefined>
  /** From here on everything is looked up anew, also what is being looked up now. */
  clear(): void
}

export function createLookups<T>(keptMs: number): Lookups<T> {
  const known = new LRUCache<string, Promise<T | undefined>>({ max: 10_000, ttl: keptMs })
  return {
    get(name, look) {
      const before = known.get(name)
      if (before !== undefined) return before
      const looking = look()
      known.set(name, looking)
      looking.catch(() => {
        if (known.peek(name) === looking) known.delete(name)
      })
      return looking
    },
    clear: () => known.clear(),
  }
}
