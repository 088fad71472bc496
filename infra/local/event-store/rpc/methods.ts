import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  Server,
  ServiceDefinition,
} from '@grpc/grpc-js'
import { serveAppend } from './append.ts'
import { BatchAppendCall } from './batch-append.ts'
import { serveDeletion } from './deletion.ts'
import { clusterInfo, supportedMethods } from './discovery.ts'
import { failureOf } from './failure.ts'
import { serveRead } from './read.ts'
import type { Services } from './services.ts'

type Bytes = Buffer

/** Adds the gRPC services to a server. Calls of other services are answered UNIMPLEMENTED by grpc-js. */
export function addServices(server: Server, services: Services, endpoint: { host: string; port: number }): void {
  const batchAppend: handleBidiStreamingCall<Bytes, Bytes> = (call) => {
    try {
      new BatchAppendCall(services, call)
    } catch (error) {
      call.emit('error', failureOf(error))
    }
  }
  const read: handleServerStreamingCall<Bytes, Bytes> = (call) => void serveRead(services, call)
  const append: handleClientStreamingCall<Bytes, Bytes> = (call, answer) => serveAppend(services, call, answer)
  const remove: handleUnaryCall<Bytes, Bytes> = (call, answer) => serveDeletion(services, 'delete', call, answer)
  const tombstone: handleUnaryCall<Bytes, Bytes> = (call, answer) => serveDeletion(services, 'tombstone', call, answer)
  server.addService(
    service('event_store.client.streams.Streams', {
      Read: { responseStream: true },
      Append: { requestStream: true },
      Delete: {},
      Tombstone: {},
      BatchAppend: { requestStream: true, responseStream: true },
    }),
    { Read: read, Append: append, Delete: remove, Tombstone: tombstone, BatchAppend: batchAppend },
  )

  const features = supportedMethods()
  const getSupportedMethods: handleUnaryCall<Bytes, Bytes> = (_call, answer) => answer(null, features)
  server.addService(service('event_store.client.server_features.ServerFeatures', { GetSupportedMethods: {} }), {
    GetSupportedMethods: getSupportedMethods,
  })

  const members = clusterInfo(endpoint)
  const gossip: handleUnaryCall<Bytes, Bytes> = (_call, answer) => answer(null, members())
  server.addService(service('event_store.client.gossip.Gossip', { Read: {} }), { Read: gossip })
}

type Streaming = { requestStream?: boolean; responseStream?: boolean }

/** Messages pass as bytes: `wire/` reads and writes them. */
function service(name: string, methods: Record<string, Streaming>): ServiceDefinition {
  const definition: Record<string, MethodDefinition<Bytes, Bytes>> = {}
  for (const [method, { requestStream = false, responseStream = false }] of Object.entries(methods)) {
    definition[method] = {
      path: `/${name}/${method}`,
      requestStream,
      responseStream,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    }
  }
  return definition
}

function same(bytes: Bytes): Bytes {
  return bytes
}
