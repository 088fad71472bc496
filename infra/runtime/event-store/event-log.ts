import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Vault } from '../vault/vault.ts'
import { createAppend } from './append.ts'
import { createBatchAppender } from './batch.ts'
import { connect } from './client.ts'
import type { EventLog } from './log.ts'
import { createReader } from './read.ts'
import { type LogSink, silent } from './sink.ts'
import { subscribe } from './subscription.ts'

export interface EventLogOptions {
  config: Pick<Config, 'eventStoreUrl' | 'appendTimeoutMs'>
  vault: Vault
  logger?: LogSink
  /** After so long a silence a read is given up, and a subscription asks whether it has missed anything. Default 10,000. */
  silenceMs?: number
}

/** The log. Connects at the first use, and again whenever the connection is lost. */
export function createEventLog(options: EventLogOptions): EventLog {
  const { config, vault, logger = silent, silenceMs = 10_000 } = options
  const client = connect(config.eventStoreUrl)
  const batch = createBatchAppender(client)
  const reader = createReader({ client, vault, silenceMs })
  const closing = new AbortController()
  return {
    append: createAppend({ batch, reader, vault, timeoutMs: config.appendTimeoutMs, writer: randomUUID() }),
    readStream: reader.readStream,
    readLast: reader.readLast,
    head: reader.head,
    subscribe: (wish) => {
      const signal = wish.signal ? AbortSignal.any([wish.signal, closing.signal]) : closing.signal
      return subscribe({ client, head: reader.head, vault, logger, silenceMs }, { ...wish, signal })
    },
    async close() {
      closing.abort()
      await batch.close()
      await client.dispose()
    },
  }
}
