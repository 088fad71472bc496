import { createHash } from 'node:crypto'
import { type Database, open, type RootDatabase } from 'lmdb'

const GIB = 2 ** 30
/** Address space, not disk: the file grows as it is written. Ten million events of 4 KiB fit many times. */
const MAP_SIZE = 1024 * GIB
/** LMDB's limit is 1978 bytes; longer names are stored under their hash. */
const MAX_NAME_KEY = 1900

type Table = Database<Buffer, Uint8Array>

/** The LMDB environment. README.md describes its three tables. */
export type Environment = {
  dataDir: string
  root: RootDatabase<Buffer, Uint8Array>
  /** position → the event, as `encodeEvent` wrote it */
  log: Table
  /** stream id and revision → position */
  index: Table
  /** stream name → stream id and flags; and the state of the index */
  streams: Table
}

export function openEnvironment(dataDir: string): Environment {
  const root = open<Buffer, Uint8Array>({
    path: dataDir,
    mapSize: MAP_SIZE,
    maxDbs: 4,
    encoding: 'binary',
    keyEncoding: 'binary',
    // LMDB's own commit: it returns when data and meta page are on disk, and readers see nothing earlier.
    overlappingSync: false,
    eventTurnBatching: false,
    remapChunks: false,
  })
  const table = (name: string): Table =>
    root.openDB<Buffer, Uint8Array>(name, { encoding: 'binary', keyEncoding: 'binary' })
  return { dataDir, root, log: table('log'), index: table('index'), streams: table('streams') }
}

const HIGH = 2 ** 32

export function positionKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(8)
  key.writeUInt32BE(Math.floor(position / HIGH), 0)
  key.writeUInt32BE(position % HIGH, 4)
  return key
}

export function positionOfKey(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  return view.getUint32(0) * HIGH + view.getUint32(4)
}

export const MAX_REVISION = 2 ** 48 - 1

export function indexKey(streamId: number, revision: number): Buffer {
  const key = Buffer.allocUnsafe(10)
  key.writeUInt32BE(streamId, 0)
  key.writeUIntBE(revision, 4, 6)
  return key
}

export function revisionOfKey(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  return view.getUint16(4) * HIGH + view.getUint32(6)
}

/** Where `streams` keeps how far the index reaches, and the next stream id. */
export const INDEX_STATE_KEY = Buffer.from([2])

/** Under 0x00 the name itself, under 0x01 the hash of a name too long for a key. */
export function streamKey(stream: string): Buffer {
  const name = Buffer.from(stream, 'utf8')
  if (name.length <= MAX_NAME_KEY) return Buffer.concat([Buffer.from([0]), name])
  return Buffer.concat([Buffer.from([1]), createHash('sha256').update(name).digest()])
}
