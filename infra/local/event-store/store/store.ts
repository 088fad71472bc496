import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { positionOf, readContent } from '../wire/stored-event.ts'
import { CommittedMetadata } from './committed-metadata.ts'
import { type DraftedEvent, TOMBSTONE_REVISION } from './draft.ts'
import { openEnvironment } from './environment.ts'
import { EventLog } from './event-log.ts'
import { Feed } from './feed.ts'
import { type DataDirLock, lockDataDir } from './lock.ts'
import { RecentIds } from './recent-ids.ts'
import { StreamReader } from './stream-reader.ts'
import { Streams } from './streams.ts'
import { Writer } from './writer.ts'

/** Everything that the services need of what is stored. */
export type Store = {
  log: EventLog
  streams: StreamReader
  metadata: CommittedMetadata
  writer: Writer
  feed: Feed
  close(): Promise<void>
}

/** Ids of so many newest events are read at the start, so that `any` recognises a retry across a restart. */
const WARM_IDS = 2_000
const RECOVERY_PAGE = 1000

export async function openStore(dataDir: string, log: (line: string) => void): Promise<Store> {
  makeDir(resolve(dataDir))
  accessSync(dataDir, constants.R_OK | constants.W_OK)
  const lock = await lockDataDir(dataDir)
  try {
    return openLocked(dataDir, lock, log)
  } catch (error) {
    await lock.release()
    throw error
  }
}

function openLocked(dataDir: string, lock: DataDirLock, log: (line: string) => void): Store {
  const env = openEnvironment(dataDir)
  const events = new EventLog(env)
  const streams = new Streams(env)
  indexAgain(events, streams)
  const metadata = new CommittedMetadata(streams, events)
  const recentIds = warmIds(events)
  const feed = new Feed()
  const committed = { streams, log: events, metadata, recentIds }
  const onCommit = (drafted: DraftedEvent[]): void => feed.committed(drafted)
  const writer = new Writer({ env, committed, log, onCommit })
  return {
    log: events,
    streams: new StreamReader(streams, metadata, events),
    metadata,
    writer,
    feed,
    async close() {
      await writer.close()
      await env.root.close()
      await lock.release()
    },
  }
}

/** Not `recursive: true`, which never returns for a path that cannot be made under /proc (Node 20). */
function makeDir(path: string): void {
  if (existsSync(path)) return
  makeDir(dirname(path))
  mkdirSync(path)
}

/** What stands in the log and was not indexed before the last stop, or kill, is pending again. */
function indexAgain(events: EventLog, streams: Streams): void {
  let next = streams.writer.indexed + 1
  while (next <= events.last) {
    const page = events.forwards(next, events.last, RECOVERY_PAGE)
    if (page.length === 0) throw new Error(`the log has no event at position ${next}: the data directory is damaged`)
    for (const event of page) {
      const { stream, revision } = readContent(event)
      const number = revision === TOMBSTONE_REVISION ? -1 : Number(revision)
      streams.committed({ stream, revision: number, position: next++ })
    }
  }
}

function warmIds(events: EventLog): RecentIds {
  const recentIds = new RecentIds()
  for (const event of events.backwards(events.last + 1, WARM_IDS).reverse()) {
    const { id, stream, revision } = readContent(event)
    recentIds.add(id, { stream, revision: Number(revision), position: positionOf(event) })
  }
  return recentIds
}
