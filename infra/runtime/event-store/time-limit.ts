import { setTimeout as sleep } from 'node:timers/promises'

/** Rejects when the promise takes longer; what it does afterwards is nobody's business any more. */
export function within<T>(ms: number, promise: Promise<T>, complaint: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${complaint} within ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Waits longer after each failure, up to a limit, and never as long as others who failed at the same time. */
export function backoff(failures: number, limitMs = 5000): number {
  const ceiling = Math.min(limitMs, 50 * 2 ** Math.min(failures, 16))
  return ceiling / 2 + (Math.random() * ceiling) / 2
}

/** Sleeps, but wakes when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {})
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}
