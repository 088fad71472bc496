import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'

/** What every call may need. */
export type Services = {
  store: Store
  access: Access
  maxAppendSize: number
  /** Calls back when the server stops; answers how to stop listening. */
  onShutdown(listener: () => void): () => void
}
