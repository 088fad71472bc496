import { EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client'
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type streams from '@eventstore/db-client/generated/streams_pb.js'
import { readAnswer } from './answer.ts'
import type { StoredEvent } from './stored.ts'

export type BatchStream = ReturnType<streamsService.StreamsClient['batchAppend']>
/** Brings Answers. */
export type ReadStream = ReturnType<streamsService.StreamsClient['makeServerStreamRequest']>

/**
 * A client for a connection string. Throws when the string cannot be read. A line that is open and dead is given up 15 seconds after it
 * last carried anything (the client's own default is 20), unless the string says otherwise.
 */
export function connect(url: string): EventStoreDBClient {
  const patience = /[?&]keepAliveTimeout=/i.test(url) ? '' : `${url.includes('?') ? '&' : '?'}keepAliveTimeout=5000`
  return EventStoreDBClient.connectionString(`${url}${patience}`)
}

/** Opens the BatchAppend call, on which appends are sent. Why not appendToStream: see docs/decisions/own-calls-to-the-event-store.md. */
export function openBatch(client: EventStoreDBClient): Promise<BatchStream> {
  const { create, args } = calls(client)
  return create(streamsService.StreamsClient, 'batchAppend', (grpc) => grpc.batchAppend(...args))()
}

/** Opens a Read call whose answers we read ourselves: for speed, and for the stored bytes. */
export function openRead(client: EventStoreDBClient, request: streams.ReadReq): Promise<ReadStream> {
  const { create, args } = calls(client)
  const { path, requestSerialize } = streamsService.StreamsService.read
  return create(streamsService.StreamsClient, 'read', (grpc) =>
    grpc.makeServerStreamRequest(path, requestSerialize, readAnswer, request, ...args),
  )()
}

/** The client's own way of making calls (discovery, credentials, going over to a new leader), which it declares protected; its version is pinned. */
function calls(client: EventStoreDBClient) {
  // biome-ignore lint/complexity/useLiteralKeys: a protected member can be had in no other way
  const create = client['GRPCStreamCreator']
  // biome-ignore lint/complexity/useLiteralKeys: as above
  return { create, args: client['callArguments']({}, { deadline: Number.POSITIVE_INFINITY }) }
}

/** The store's event in our words; undefined for what is none (a link whose target is gone). */
export function storedOf({ event, commitPosition }: ResolvedEvent): StoredEvent | undefined {
  if (event === undefined) return undefined
  const commit = commitPosition ?? 0n
  return {
    id: event.id,
    stream: event.streamId,
    revision: Number(event.revision),
    position: event.position ?? { commit, prepare: commit },
    type: event.type,
    data: event.data,
    metadata: event.metadata,
  }
}
