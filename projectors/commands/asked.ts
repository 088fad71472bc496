import type { Config } from '../../infra/runtime/config.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'

/** What every command gets. */
export interface Asked {
  config: Config
  log: EventLog
  args: readonly string[]
  json: boolean
  signal: AbortSignal
}
