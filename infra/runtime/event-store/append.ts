import { LRUCache } from 'lru-cache'
import { comparePositions, type LogPosition, type Recorded } from '../../../schemas/envelope.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Vault } from '../vault/vault.ts'
import type { BatchAppender } from './batch.ts'
import { decodeAll, UndecodableEvent } from './decode.ts'
import { type Encoded, encode } from './encode.ts'
import { type Append, type Appended, isUndecodable, LogUnavailable, WrongRevision } from './log.ts'
import type { Reader } from './read.ts'
import type { StoredEvent } from './stored.ts'
import { backoff, pause, within } from './time-limit.ts'

export interface AppendOptions {
  batch: BatchAppender
  reader: Reader
  vault: Vault
  /** How long one try may take. All tries together get twice that. */
  timeoutMs: number
  /** Names this process among all that append: see eventId. */
  writer: string
}

/** What stands where an append wanted to write: nothing, our own events, or somebody else's. */
type Found = { kind: 'nothing' | 'others' } | { kind: 'ours'; events: StoredEvent[] }

export function createAppend({ batch, reader, vault, timeoutMs, writer }: AppendOptions) {
  // Positions only grow: an answer that is not beyond all that was known before the try is that of an earlier writing of the same ids.
  let newest: Promise<LogPosition | undefined> | undefined
  let known: LogPosition | undefined
  // Appends whose end was never learnt: they may be stored yet, at a place that looks new. Whoever repeats one reads it back.
  const unresolved = new LRUCache<string, true>({ max: 10_000 })

  const learnHorizon = async (): Promise<void> => {
    newest ??= reader.head()
    try {
      advance(await newest)
    } catch (error) {
      newest = undefined
      throw error
    }
  }

  const advance = (position: LogPosition | undefined) => {
    if (position && (!known || comparePositions(position, known) > 0)) known = position
  }

  return async (append: Append): Promise<Appended> => {
    const { stream, expected } = append
    if (append.events.length === 0) throw new Error('An append needs at least one event')
    await learnHorizon()
    const encoded = await encode(append, vault, writer)
    const before = known
    const first = encoded[0]?.proposed.id ?? ''
    const mayBeStored = unresolved.has(first)
    const events = encoded.map(({ proposed }) => proposed)
    const until = Date.now() + 2 * timeoutMs
    for (let failures = 0; ; failures += 1) {
      const left = Math.max(1, Math.min(timeoutMs, until - Date.now()))
      const outcome = await batch.append({ stream, expected, events, timeoutMs: left })
      let reason = ''
      switch (outcome.kind) {
        case 'stored': {
          const { position } = outcome
          if (!mayBeStored && position && (!before || comparePositions(position, before) > 0)) {
            advance(position)
            return { events: recordedOf(append, encoded, position), position }
          }
          break
        }
        case 'wrong-revision':
          if (failures === 0) throw new WrongRevision(stream, expected)
          break
        case 'too-large':
          throw new Rejection('too-large', 'What this would store is larger than the log takes in one piece (1 MiB).')
        case 'refused':
          throw new LogUnavailable(`The event store refuses to append to ${stream}: ${outcome.reason}`)
        case 'unknown':
          reason = outcome.reason
      }
      const found = await lookUp(reader, append, encoded, timeoutMs)
      if (found instanceof LogUnavailable) reason ||= found.message
      else if (found.kind === 'ours') return asStored(found.events, vault)
      else if (found.kind === 'others' || outcome.kind === 'wrong-revision') throw new WrongRevision(stream, expected)
      if (Date.now() >= until) {
        unresolved.set(first, true)
        throw new LogUnavailable(
          `Whether ${stream} took revision ${expected + 1} could not be learnt in time: ${reason}`,
        )
      }
      await pause(Math.min(backoff(failures, 1000), Math.max(0, until - Date.now())))
    }
  }
}

async function lookUp(reader: Reader, { stream, expected }: Append, encoded: Encoded[], timeoutMs: number) {
  try {
    const read = reader.readStored(stream, expected + 1, encoded.length)
    return compare(await within(timeoutMs, read, 'no answer to a read'), encoded)
  } catch (error) {
    if (error instanceof LogUnavailable) return error
    return new LogUnavailable(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function compare(stored: StoredEvent[], encoded: Encoded[]): Found {
  if (stored.length === 0) return { kind: 'nothing' }
  const ours = encoded.every(({ proposed }, index) => stored[index]?.id === proposed.id)
  return ours ? { kind: 'ours', events: stored } : { kind: 'others' }
}

/** The positions of all but the last are not in the store's answer; they take that of the last. */
function recordedOf({ stream, expected }: Append, encoded: Encoded[], position: LogPosition): Recorded[] {
  return encoded.map(({ proposed: { id, type }, data, meta }, index) => {
    return { id, stream, revision: expected + 1 + index, position, type, data, meta }
  })
}

/** What was stored, which may be an earlier try's: other bytes, another hash. */
async function asStored(stored: StoredEvent[], vault: Vault): Promise<Appended> {
  const events = (await decodeAll(stored, vault)).map((event) => {
    if (isUndecodable(event)) throw new UndecodableEvent(event)
    return event
  })
  const position = events.at(-1)?.position
  if (position === undefined) throw new Error('Nothing was read back')
  return { events, position }
}
