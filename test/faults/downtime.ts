import { setTimeout as sleep } from 'node:timers/promises'
import { Api } from '../../infra/ops/import/api.ts'

const everyMs = 100

/** Asks again and again, and measures for how long requests failed after the latest fault. */
export class Downtime {
  readonly #api: Api
  readonly #widgetId: string
  readonly #longest = { write: 0, read: 0 }
  readonly #running: Promise<unknown>
  #stopped = false
  #stopping: Promise<void> | undefined
  #struckAt = Date.now()

  constructor(gateway: string, { importKey, widgetId }: { importKey: string; widgetId: string }) {
    this.#widgetId = widgetId
    this.#api = new Api({ gateway, apiKey: importKey, connections: 2, patienceMs: 0 })
    this.#running = Promise.all([this.#watch('write', () => this.#write()), this.#watch('read', () => this.#read())])
  }

  struck(): void {
    this.#struckAt = Date.now()
  }

  async stop(): Promise<{ write: number; read: number }> {
    this.#stopping ??= this.#end()
    await this.#stopping
    return this.#longest
  }

  async #end(): Promise<void> {
    this.#stopped = true
    await this.#running
    await this.#api.close()
  }

  async #watch(name: 'write' | 'read', ask: () => Promise<unknown>): Promise<void> {
    let failing: number | undefined
    while (!this.#stopped) {
      const asked = Date.now()
      const failed = await ask().then(
        () => false,
        () => true,
      )
      if (failed) failing ??= asked
      else {
        const since = Math.max(failing ?? Date.now(), this.#struckAt)
        this.#longest[name] = Math.max(this.#longest[name], Date.now() - since)
        failing = undefined
      }
      await sleep(everyMs)
    }
  }

  #write() {
    const visitorId = `downtime-${Date.now()}`
    return this.#api.post('/api/conversations', { widgetId: this.#widgetId, visitorId }, visitorId)
  }

  #read() {
    return this.#api.get('/api/conversations?limit=1')
  }
}
