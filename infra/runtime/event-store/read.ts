import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type ResolvedEvent,
  StreamNotFoundError,
} from '@eventstore/db-client'
import type { LogPosition, Recorded } from '../../../schemas/envelope.ts'
import { parseStream } from '../../../schemas/streams.ts'
import type { Vault } from '../vault/vault.ts'
import { storedOf } from './client.ts'
import { decodeAll, UndecodableEvent } from './decode.ts'
import { isUndecodable, LogUnavailable } from './log.ts'
import type { StoredEvent } from './stored.ts'

/** How many events are decoded at a time. */
const chunkSize = 256

/** What the client's reads are to us. */
interface Reading {
  iterator(options: { destroyOnReturn: boolean }): AsyncIterator<ResolvedEvent> & AsyncIterable<ResolvedEvent>
  resume(): unknown
  cancel(): Promise<void>
  destroy(error: Error): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface Reader {
  readStream(stream: string, options?: { from?: number; max?: number }): AsyncIterable<Recorded>
  readLast(stream: string): Promise<Recorded | undefined>
  /** Events as they are stored, from a revision. Throws LogUnavailable. */
  readStored(stream: string, from: number, max: number): Promise<StoredEvent[]>
  head(): Promise<LogPosition | undefined>
}

export interface ReaderOptions {
  client: EventStoreDBClient
  vault: Vault
  /** How long the store may be silent in the middle of a read. */
  silenceMs: number
}

export function createReader({ client, vault, silenceMs }: ReaderOptions): Reader {
  const forwards = (stream: string, from: number, max: number) =>
    heard(
      client.readStream(
        stream,
        { direction: FORWARDS, fromRevision: BigInt(from), maxCount: max },
        { highWaterMark: chunkSize },
      ),
      silenceMs,
    )

  async function* readStream(stream: string, { from = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
    let chunk: StoredEvent[] = []
    for await (const event of forwards(stream, from, max)) {
      if (chunk.push(event) < chunkSize) continue
      yield* await decodeWhole(chunk, vault)
      chunk = []
    }
    yield* await decodeWhole(chunk, vault)
  }

  return {
    readStream,

    async readLast(stream) {
      const options = { direction: BACKWARDS, fromRevision: END, maxCount: 1 } as const
      const last = await gather(heard(client.readStream(stream, options), silenceMs))
      return (await decodeWhole(last, vault))[0]
    },

    readStored: (stream, from, max) => gather(forwards(stream, from, max)),

    async head() {
      let from: LogPosition | undefined
      for (let maxCount = 8; ; maxCount = Math.min(maxCount * 4, 1024)) {
        const reading = client.readAll({ direction: BACKWARDS, fromPosition: from ?? END, maxCount })
        const last = await gather(heard(reading, silenceMs))
        const ours = last.find(({ stream }) => parseStream(stream))
        if (ours !== undefined) return ours.position
        if (last.length < maxCount) return undefined
        from = last.at(-1)?.position
      }
    },
  }
}

async function decodeWhole(events: StoredEvent[], vault: Vault): Promise<Recorded[]> {
  const delivered = await decodeAll(events, vault)
  return delivered.map((event) => {
    if (isUndecodable(event)) throw new UndecodableEvent(event)
    return event
  })
}

async function gather(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const all: StoredEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** The events of a read; an absent stream is empty. Silence and every failure are LogUnavailable; the call is always ended. */
async function* heard(reading: Reading, silenceMs: number): AsyncGenerator<StoredEvent> {
  let failure: unknown
  let answered = false
  const note = (error: unknown) => {
    failure ??= error
  }
  // The client reports a lost connection even after the reading is over, when the loop below no longer listens.
  reading.on('error', note)
  let waiting = true
  const watchdog = setTimeout(() => {
    if (waiting) reading.destroy(new Error(`the store was silent for ${silenceMs} ms`))
    else watchdog.refresh()
  }, silenceMs)
  try {
    for await (const resolved of reading.iterator({ destroyOnReturn: false })) {
      waiting = false
      const event = storedOf(resolved)
      if (event) yield event
      waiting = true
      watchdog.refresh()
    }
    answered = true
  } catch (error) {
    note(error)
    answered = failure instanceof StreamNotFoundError
    if (answered) return
    throw new LogUnavailable(`The event store cannot be read: ${messageOf(failure)}`, { cause: failure })
  } finally {
    clearTimeout(watchdog)
    // Left early, it must flow on to its end: the client keeps a call that does not end, and would wait for it when closed.
    reading.resume()
    // The store ends a call that it has answered. One ended by us as well is a reset to it, and who resets often loses the connection
    // (HTTP/2's guard against rapid resets). Rejects when the call was never opened; then there is nothing to end.
    if (!answered) reading.cancel().catch(note)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
