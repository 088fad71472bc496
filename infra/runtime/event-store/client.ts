import { EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client'
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js'
import type { StoredEvent } from './stored.ts'

export type BatchStream = ClientDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>
export type ReadStream = ClientReadableStream<streams.ReadResp>

/** A client for a connection string. Throws when the string cannot be read. */
export function connect(url: string): EventStoreDBClient {
  return EventStoreDBClient.connectionString(url)
}

// The two openings below go through the client's own way of making calls (discovery, credentials, reconnection to a new leader), which it
// declares protected. It is pinned to one version.

/** Opens the BatchAppend call, on which appends are sent. Why not appendToStream: see docs/decisions/own-batch-append.md. */
export function openBatch(client: EventStoreDBClient): Promise<BatchStream> {
  const open = client['GRPCStreamCreator'](streamsService.StreamsClient, 'batchAppend', (grpc) =>
    grpc.batchAppend(...client['callArguments']({}, { deadline: Number.POSITIVE_INFINITY })),
  )
  return open()
}

/** Opens a Read call, for those who need the stored bytes and not what JSON.parse makes of them. */
export function openRead(client: EventStoreDBClient, request: streams.ReadReq): Promise<ReadStream> {
  const open = client['GRPCStreamCreator'](streamsService.StreamsClient, 'read', (grpc) =>
    grpc.read(request, ...client['callArguments']({}, { deadline: Number.POSITIVE_INFINITY })),
  )
  return open()
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
