import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import type { LogPosition } from '../../../schemas/envelope.ts'

/** Asks for the whole log, or one stream, from its beginning. */
export function readRequest(stream: string | undefined): streams.ReadReq {
  const options = optionsOf().setCount(String(Number.MAX_SAFE_INTEGER)).setNoFilter(new empty.Empty())
  if (stream === undefined) {
    options.setAll(new streams.ReadReq.Options.AllOptions().setStart(new empty.Empty()))
  } else {
    const name = new shared.StreamIdentifier().setStreamName(Buffer.from(stream))
    const from = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(name).setStart(new empty.Empty())
    options.setStream(from)
  }
  return new streams.ReadReq().setOptions(options)
}

/** Asks for what comes after a position, for ever, in streams whose names begin so; with a checkpoint at least every 32 events considered. */
export function subscribeRequest(after: LogPosition | undefined, prefixes: readonly string[]): streams.ReadReq {
  const all = new streams.ReadReq.Options.AllOptions()
  if (after === undefined) all.setStart(new empty.Empty())
  else {
    const position = new streams.ReadReq.Options.Position()
    all.setPosition(position.setCommitPosition(String(after.commit)).setPreparePosition(String(after.prepare)))
  }
  const names = new streams.ReadReq.Options.FilterOptions.Expression().setPrefixList([...prefixes])
  const filter = new streams.ReadReq.Options.FilterOptions()
    .setStreamIdentifier(names)
    .setMax(32)
    .setCheckpointintervalmultiplier(1)
  const subscription = new streams.ReadReq.Options.SubscriptionOptions()
  return new streams.ReadReq().setOptions(optionsOf().setAll(all).setSubscription(subscription).setFilter(filter))
}

function optionsOf(): streams.ReadReq.Options {
  return new streams.ReadReq.Options()
    .setReadDirection(streams.ReadReq.Options.ReadDirection.FORWARDS)
    .setResolveLinks(false)
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new empty.Empty()))
}
