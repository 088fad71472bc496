import { LRUCache } from 'lru-cache'

/**
 * What others have answered, kept until the log, which is followed in its order, shows that it has changed. An answer that a change has
 * overtaken is used, but not kept.
 */
export class Known<T extends object> {
  readonly #answers: LRUCache<string, T>
  readonly #asked = new Map<string, Promise<T>>()

  constructor(max: number) {
    this.#answers = new LRUCache({ max })
  }

  async of(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key) ?? this.#asked.get(key)
    if (known !== undefined) return known
    const asked: Promise<T> = ask()
      .then((answer) => {
        if (this.#asked.get(key) === asked) this.#answers.set(key, answer)
        return answer
      })
      .finally(() => {
        if (this.#asked.get(key) === asked) this.#asked.delete(key)
      })
    this.#asked.set(key, asked)
    return asked
  }

  /** What is kept, if anything is. */
  at(key: string): T | undefined {
    return this.#answers.get(key)
  }

  /** What it is now, as the log has just shown. */
  is(key: string, answer: T): void {
    this.#asked.delete(key)
    this.#answers.set(key, answer)
  }

  changed(key: string): void {
    this.#answers.delete(key)
    this.#asked.delete(key)
  }
}
