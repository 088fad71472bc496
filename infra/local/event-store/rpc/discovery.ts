import { randomUUID } from 'node:crypto'
import { textId } from '../wire/event-id.ts'
import { bytesField, message, stringField, uintField } from '../wire/proto-writer.ts'

/** The version of EventStoreDB whose behaviour this server has. */
export const VERSION = '23.10.0'
const LEADER = 8
const METHODS: Record<string, string[]> = {
  'event_store.client.streams.streams': ['read', 'append', 'batchappend', 'delete', 'tombstone'],
  'event_store.client.gossip.gossip': ['read'],
  'event_store.client.server_features.serverfeatures': ['getsupportedmethods'],
}

/** What clients ask first: which calls does this server know? */
export function supportedMethods(): Buffer {
  const methods = Object.entries(METHODS).flatMap(([service, names]) =>
    names.map((name) => bytesField(1, message(stringField(1, name), stringField(2, service)))),
  )
  return message(...methods, stringField(2, VERSION))
}

/** A cluster of one member: alive, leader. */
export function clusterInfo(endpoint: { host: string; port: number }): () => Buffer {
  const instance = bytesField(1, textId(randomUUID()))
  const address = bytesField(5, message(stringField(1, endpoint.host), uintField(2, endpoint.port)))
  return () => {
    const timestamp = uintField(2, BigInt(Date.now()) * 10_000n)
    return bytesField(1, message(instance, timestamp, uintField(3, LEADER), uintField(4, 1), address))
  }
}
