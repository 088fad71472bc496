import { Server, ServerCredentials } from '@grpc/grpc-js'
import { openDoor, type TlsFiles } from './port/door.ts'
import { pages } from './port/pages.ts'
import { Access } from './rpc/access.ts'
import { addServices } from './rpc/methods.ts'
import { pipelined } from './rpc/pipelined-call.ts'
import { openStore, type Store } from './store/store.ts'

export type EventStoreOptions = {
  dataDir: string
  /** 127.0.0.1 unless told */
  host?: string
  /** 0 (or absent): any free port */
  port?: number
  /** What gossip tells clients to connect to; the listening address unless told. */
  advertise?: { host: string; port: number }
  tls?: TlsFiles
  /** Names and passwords. Credentials that are sent must match; with TLS, streams' access lists are enforced too. */
  users?: Record<string, string>
  /** Refuse calls without credentials. */
  requireCredentials?: boolean
  /** Bytes of event data in one append; 1,048,576 unless told. */
  maxAppendSize?: number
  log?: (line: string) => void
}

export type RunningEventStore = { port: number; url: string; stop(): Promise<void> }

const DEFAULT_MAX_APPEND_SIZE = 1_048_576
const MAX_MESSAGE_SIZE = 16 * 1024 * 1024
const FLOW_CONTROL_WINDOW = 4 * 1024 * 1024
/** How long calls get to end after they have been told that the server stops. */
const GRACE_MS = 500

/** Starts the event store. Throws when the data directory is in use (`DataDirLocked`) or the port is taken. */
export async function startEventStore(options: EventStoreOptions): Promise<RunningEventStore> {
  const log = options.log ?? (() => undefined)
  const store = await openStore(options.dataDir, log)
  try {
    return await serve(store, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function serve(store: Store, options: EventStoreOptions): Promise<RunningEventStore> {
  const { host = '127.0.0.1', port = 0, tls } = options
  const shutdown = new Set<() => void>()
  const grpc = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_SIZE,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW,
    interceptors: [pipelined],
  })
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure())
  const door = await openDoor({
    host,
    port,
    tls,
    http2: (socket) => injector.injectConnection(socket),
    pages: pages(store),
  })
  const services = {
    store,
    access: accessOf(store, options),
    maxAppendSize: options.maxAppendSize ?? DEFAULT_MAX_APPEND_SIZE,
    onShutdown(listener: () => void) {
      shutdown.add(listener)
      return () => shutdown.delete(listener)
    },
  }
  addServices(grpc, services, options.advertise ?? { host, port: door.port })
  return {
    port: door.port,
    url: `esdb://${host}:${door.port}?tls=${tls !== undefined}`,
    stop: once(async () => {
      // What was received is stored and answered; only then are calls told, and connections cut.
      await store.writer.close()
      for (const listener of [...shutdown]) listener()
      await ended(grpc)
      await door.close()
      await store.close()
    }),
  }
}

function accessOf(store: Store, { users, requireCredentials = false, tls }: EventStoreOptions): Access {
  return new Access({ users, requireCredentials, enforceAcl: tls !== undefined || requireCredentials }, store.metadata)
}

function ended(grpc: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      grpc.forceShutdown()
      resolve()
    }, GRACE_MS)
    grpc.tryShutdown(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= action()
    return done
  }
}
