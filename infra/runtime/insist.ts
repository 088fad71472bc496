import { setTimeout as sleep } from 'node:timers/promises'

/** Does what a service needs before it can work, again and again while a store is away; never gives up. */
export async function insist(work: () => Promise<unknown>, onFailure: (error: unknown) => void): Promise<void> {
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2000)) {
    try {
      await work()
      return
    } catch (error) {
      onFailure(error)
      await sleep(waitMs)
    }
  }
}
