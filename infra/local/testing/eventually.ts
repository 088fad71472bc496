import { setTimeout as pause } from 'node:timers/promises'

/** Repeats a look until it succeeds, and gives what it saw; at the limit, fails as the last look failed. */
export async function eventually<T>(look: () => T | Promise<T>, limitMs = 10_000): Promise<T> {
  for (const deadline = Date.now() + limitMs; ; await pause(20)) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
