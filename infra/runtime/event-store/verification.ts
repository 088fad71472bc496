import { BACKWARDS, END, type EventStoreDBClient } from '@eventstore/db-client'
import { parseStream } from '../../../schemas/streams.ts'
import { createAudit, type Fault } from './audit.ts'
import { connect } from './client.ts'
import { LogUnavailable } from './log.ts'
import { readRaw } from './raw.ts'
import { within } from './time-limit.ts'

/** How many faults are listed; all are counted. */
const listed = 20
const connectMs = 10_000

export interface Verdict {
  ok: boolean
  events: number
  streams: number
  /** Events of streams that are not ours; they have no chain. */
  foreign: number
  seconds: number
  faults: number
  /** In the order of the log; the first is the first event that was altered, and no more than 20 are listed. */
  found: Fault[]
}

interface Wish {
  url: string
  stream?: string | undefined
  /** Called now and then with the commit positions reached and aimed at. */
  onProgress?(done: number, total: number, events: number): void
}

/** Walks the log once. Throws LogUnavailable. */
export async function verify({ url, stream, onProgress }: Wish): Promise<Verdict> {
  const client = connect(url)
  const audit = createAudit()
  const started = performance.now()
  const found: Fault[] = []
  let faults = 0
  let events = 0
  let foreign = 0
  try {
    const end = await endOf(client)
    for await (const event of readRaw(client, stream)) {
      if (event.stream.startsWith('$')) continue
      if (parseStream(event.stream) === undefined) {
        foreign += 1
        continue
      }
      const fault = audit.check(event)
      if (fault) {
        faults += 1
        if (found.length < listed) found.push(fault)
      }
      events += 1
      if (events % 1000 === 0) onProgress?.(Number(event.position.commit), end, events)
    }
    onProgress?.(end, end, events)
  } finally {
    await client.dispose()
  }
  const seconds = Math.round(performance.now() - started) / 1000
  return { ok: faults === 0, events, streams: audit.streams, foreign, seconds, faults, found }
}

/** Commit position of the last event: what the progress runs up to. Proves that the store is there, before all else. */
async function endOf(client: EventStoreDBClient): Promise<number> {
  const read = async () => {
    let end = 0
    for await (const { event } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })) {
      end = Number(event?.position?.commit ?? 0n)
    }
    return end
  }
  try {
    return await within(connectMs, read(), 'no answer')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LogUnavailable(`The event store does not answer: ${reason}`, { cause: error })
  }
}
