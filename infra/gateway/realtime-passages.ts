import type { IncomingMessage } from 'node:http'
import type { Logger } from '../runtime/logger.ts'
import { addressAsked, connectionOf } from './connecting.ts'
import { Instances } from './instances.ts'
import { createProxy, type Passage } from './proxy.ts'
import { createSocketPassage, type SocketPassage } from './socket-passage.ts'

/**
 * The ways to the instances of realtime. A websocket that is a connection of its own may go to any. What takes several requests lives on
 * one instance: the hub's connections are found by the id that was negotiated, those of Socket.IO, whose instance gives the id, by the
 * client's address.
 */
export function createRealtimePassages(
  urls: readonly [string, ...string[]],
  logger: Logger,
): { polls: Passage; sockets: SocketPassage } {
  const instances = new Instances(urls)
  return {
    polls: createProxy(urls[0], logger, {
      holdsAnswers: true,
      instanceOf: (request) => instances.of(keyOf(request), connectionOf(addressAsked(request)) === undefined),
      failed: (target) => instances.doubt(target),
    }),
    sockets: createSocketPassage({
      instances,
      keyOf: (request) => (connectionOf(addressAsked(request)) === undefined ? undefined : keyOf(request)),
      logger,
    }),
  }
}

/** The address is what the gateway has found it to be (`prepare`). */
function keyOf(request: IncomingMessage): string {
  const named = connectionOf(addressAsked(request))
  return named?.parameter === 'id' ? named.id : String(request.headers['x-forwarded-for'])
}
