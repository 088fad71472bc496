import { LRUCache } from 'lru-cache'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { ContactDevice } from '../../schemas/contact/device.ts'

/** A device as it is queued for; its token is read when the push is sent. */
export type Target = Pick<ContactDevice, 'id' | 'platform'>

const kept = 50_000

/**
 * Which devices contacts have. Most have none, and each message would ask for them: so what was answered holds until the log, which is
 * followed in its order, shows that it has changed.
 */
export class ContactDevices {
  readonly #read: ServiceCall<{ data: ContactDevice[] }>
  readonly #known = new LRUCache<string, readonly Target[]>({ max: kept })
  /** Asked for at this moment; a change meanwhile makes the answer one to be used, but not to be kept. */
  readonly #asked = new Map<string, Promise<readonly Target[]>>()

  /** GET /internal/contacts/{id}/devices */
  constructor(read: ServiceCall<{ data: ContactDevice[] }>) {
    this.#read = read
  }

  async of(contactId: string, workspaceId: string): Promise<readonly Target[]> {
    return this.#known.get(contactId) ?? this.#asked.get(contactId) ?? this.#ask(contactId, workspaceId)
  }

  changed(contactId: string): void {
    this.#known.delete(contactId)
    this.#asked.delete(contactId)
  }

  #ask(contactId: string, workspaceId: string): Promise<readonly Target[]> {
    const asked: Promise<readonly Target[]> = this.#targets(contactId, workspaceId)
      .then((targets) => {
        if (this.#asked.get(contactId) === asked) this.#known.set(contactId, targets)
        return targets
      })
      .finally(() => {
        if (this.#asked.get(contactId) === asked) this.#asked.delete(contactId)
      })
    this.#asked.set(contactId, asked)
    return asked
  }

  async #targets(id: string, workspaceId: string): Promise<readonly Target[]> {
    const caller = { kind: 'system', id: 'flow-engine', workspaceId } as const
    const { body } = await this.#read({ caller, params: { id } })
    return body.data.map(({ id, platform }) => ({ id, platform }))
  }
}
