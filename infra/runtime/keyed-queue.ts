/** Runs what concerns one key one after the other, in the order asked; different keys side by side. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>()

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const result = before === undefined ? work() : before.then(work, work)
    this.#tails.set(key, result)
    const settled = () => {
      if (this.#tails.get(key) === result) this.#tails.delete(key)
    }
    result.then(settled, settled)
    return result
  }
}
