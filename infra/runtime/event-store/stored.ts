import type { LogPosition } from '../../../schemas/envelope.ts'

/** An event as the store gave it: parsed, where it is JSON, but not decoded. */
export interface StoredEvent {
  id: string
  stream: string
  revision: number
  position: LogPosition
  type: string
  data: unknown
  metadata: unknown
}

/** An event ready to be stored: the same bytes go out with every try. */
export interface ProposedEvent {
  id: string
  type: string
  /** Canonical JSON. */
  data: Buffer
  /** Canonical JSON. */
  metadata: Buffer
}
