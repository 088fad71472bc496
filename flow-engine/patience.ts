import { backoff, pause } from '../infra/runtime/event-store/time-limit.ts'

export interface Patience {
  signal: AbortSignal
  /** Told of each failure, and the how many-th in a row it is. */
  failed: (error: unknown, failures: number) => void
  /** Gives up after so many tries, with the last one's failure; absent: never. */
  tries?: number
}

/** Does the work, and again after ever longer pauses while it fails. Throws the signal's reason once it aborts. */
export async function patiently<T>(work: () => Promise<T>, { signal, failed, tries }: Patience): Promise<T> {
  for (let failures = 0; ; ) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      failures += 1
      if (failures === tries) throw error
      failed(error, failures)
      await pause(backoff(failures, 15_000), signal)
    }
  }
}

/**
 * Has several things done until the signal aborts, which each of them then ends for. When one of them fails, the others are ended as
 * well, and it fails as that one did.
 */
export async function together(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => readonly Promise<unknown>[],
): Promise<void> {
  const end = new AbortController()
  let failure: { error: unknown } | undefined
  const fail = (error: unknown) => {
    if (end.signal.aborted || signal.aborted) return
    failure = { error }
    end.abort()
  }
  const works = begin(AbortSignal.any([signal, end.signal]))
  await Promise.all(works.map((work) => work.catch(fail)))
  if (failure !== undefined) throw failure.error
}
