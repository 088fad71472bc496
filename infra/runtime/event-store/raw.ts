import type { EventStoreDBClient } from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import { openRead } from './client.ts'
import { LogUnavailable } from './log.ts'

/** An event in the bytes in which it lies in the store, before anything has made sense of them. */
export interface RawEvent {
  id: string
  stream: string
  revision: number
  type: string
  /** Whether it is declared to be JSON. */
  json: boolean
  data: string
  metadata: string
  /** Commit position, 0 where the store gives none. */
  commit: number
}

/** The whole log, or one stream, from its beginning, in the store's bytes. Throws LogUnavailable. */
export async function* readRaw(client: EventStoreDBClient, stream?: string): AsyncGenerator<RawEvent> {
  let call: Awaited<ReturnType<typeof openRead>> | undefined
  try {
    call = await openRead(client, requestOf(stream))
    for await (const answer of call) {
      const event = answer instanceof streams.ReadResp ? answer.getEvent()?.getEvent() : undefined
      if (event) yield rawOf(event)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LogUnavailable(`The event store cannot be read: ${reason}`, { cause: error })
  } finally {
    call?.on('error', () => call?.destroy())
    call?.cancel()
  }
}

function requestOf(stream: string | undefined): streams.ReadReq {
  const options = new streams.ReadReq.Options()
  if (stream === undefined) {
    options.setAll(new streams.ReadReq.Options.AllOptions().setStart(new empty.Empty()))
  } else {
    const name = new shared.StreamIdentifier().setStreamName(Buffer.from(stream))
    const from = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(name).setStart(new empty.Empty())
    options.setStream(from)
  }
  options
    .setReadDirection(streams.ReadReq.Options.ReadDirection.FORWARDS)
    .setResolveLinks(false)
    .setCount(String(Number.MAX_SAFE_INTEGER))
    .setNoFilter(new empty.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new empty.Empty()))
  return new streams.ReadReq().setOptions(options)
}

function rawOf(event: streams.ReadResp.ReadEvent.RecordedEvent): RawEvent {
  const facts = event.getMetadataMap()
  return {
    id: event.getId()?.getString() ?? '',
    stream: Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString(),
    revision: Number(event.getStreamRevision()),
    type: facts.get('type') ?? '',
    json: facts.get('content-type') === 'application/json',
    data: textOf(event.getData_asU8()),
    metadata: textOf(event.getCustomMetadata_asU8()),
    commit: Number(event.getCommitPosition()),
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
