import type { House } from '../house.ts'

/** Fields of requests and answers that nobody but their owner may ever read. */
const secretFields = new Set([
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'key',
  'access_token',
  'refresh_token',
  'csrfToken',
])

/** Every secret that goes through a house's door. */
export class Secrets {
  readonly seen = new Set<string>()

  watch(house: House): void {
    const { call } = house
    house.call = async (method, path, options = {}) => {
      const answer = await call(method, path, options)
      this.#note(options.body)
      this.#note(answer.body)
      const cookie = /^session=([^;]+)/.exec(String(answer.headers['set-cookie'] ?? ''))
      if (cookie?.[1] !== undefined) this.seen.add(cookie[1])
      return answer
    }
  }

  #note(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (secretFields.has(name) && typeof inner === 'string' && inner.length >= 8) this.seen.add(inner)
      this.#note(inner)
    }
  }
}
