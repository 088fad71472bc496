import { Gauge, type Registry } from 'prom-client'

/** Gauges of something that is asked how it is whenever they are read. */
export class AskedGauges<T> {
  readonly #registry: Registry
  readonly #nothing: T
  #ask: (() => Promise<T>) | undefined

  /** `nothing` is what they show where there is nobody to ask. */
  constructor(registry: Registry, nothing: T) {
    this.#registry = registry
    this.#nothing = nothing
  }

  add(name: string, help: string, value: (found: T) => number): void {
    const found = () => this.#found()
    new Gauge({
      ...{ name, help, registers: [this.#registry] },
      async collect() {
        const known = await found()
        this.set(known === undefined ? Number.NaN : value(known))
      },
    })
  }

  /** From now on they ask for this; undefined: nobody. */
  readonly countWith = (ask: (() => Promise<T>) | undefined): void => {
    this.#ask = ask
  }

  /** While a store is away nobody can tell, which must not keep the other figures from whoever reads them. */
  async #found(): Promise<T | undefined> {
    return this.#ask === undefined ? this.#nothing : this.#ask().catch(() => undefined)
  }
}
