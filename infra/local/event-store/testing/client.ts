import {
  type EventData,
  EventStoreDBClient,
  type JSONEventType,
  jsonEvent,
  type ResolvedEvent,
} from '@eventstore/db-client'
import { type EventStoreOptions, type RunningEventStore, startEventStore } from '../server.ts'
import { temporaryDir } from './server-process.ts'

export type Noted = JSONEventType<'Noted', { n: number }>
export const CREDENTIALS = { username: 'admin', password: 'changeit' }

export type TestBed = RunningEventStore & { client: EventStoreDBClient; dataDir: string; close(): Promise<void> }

/** A server of its own in this process, and the official client connected to it. */
export async function testBed(options: Partial<EventStoreOptions> = {}): Promise<TestBed> {
  const dir = temporaryDir()
  const server = await startEventStore({ dataDir: dir.path, ...options })
  const client = EventStoreDBClient.connectionString(server.url)
  return {
    ...server,
    client,
    dataDir: dir.path,
    async close() {
      await client.dispose()
      await server.stop()
      dir.remove()
    },
  }
}

export function noted(n: number, type = 'Noted'): EventData {
  return jsonEvent({ type, data: { n } })
}

export function notes(count: number, type = 'Noted'): EventData[] {
  return Array.from({ length: count }, (_, n) => noted(n, type))
}

let streams = 0
/** A stream that no other test uses. */
export function freshStream(prefix = 'notes'): string {
  return `${prefix}-${process.pid}-${++streams}`
}

export async function collect(events: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> {
  const all: ResolvedEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

export async function revisions(events: AsyncIterable<ResolvedEvent>): Promise<number[]> {
  return (await collect(events)).map(({ event }) => Number(event?.revision))
}

export async function failure(action: Promise<unknown>): Promise<unknown> {
  try {
    await action
  } catch (error) {
    return error
  }
  throw new Error('it should have failed')
}

/** Waits for a condition, at most five seconds. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = Date.now() + 5000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what} did not come true`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
