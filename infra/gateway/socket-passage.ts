import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { mayBeElsewhere } from '../../schemas/realtime/hub.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Instances } from './instances.ts'

/** Passes a request for a websocket on, and then what both ends say. */
export type SocketPassage = (request: IncomingMessage, wire: Socket, head: Buffer) => Promise<void>

type Answer =
  | { kind: 'taken'; response: IncomingMessage; socket: Socket; head: Buffer }
  | { kind: 'refused'; response: IncomingMessage }
  | { kind: 'silent'; error: Error }

/** How long an instance may take to answer while there is another to ask, and when there is none. */
const answerMs = 5000
const lastAnswerMs = 30_000
/** How long a client may take what was on its way when the other end closed. */
const graceMs = 10_000

/** To the first instance that takes it: one that cannot be reached, or has no place, is passed over. */
export function createSocketPassage({
  instances,
  keyOf,
  logger,
}: {
  instances: Instances
  /** By what a client belongs with one instance; undefined where any will do. */
  keyOf: (request: IncomingMessage) => string | undefined
  logger: Logger
}): SocketPassage {
  return async (request, wire, head) => {
    const key = keyOf(request)
    const asking = turnsOf(instances.inOrder(key), key !== undefined)
    const silent = new Set<string>()
    for (const [index, { url, isSure }] of asking.entries()) {
      if (silent.has(url)) continue
      const { headers } = request
      if (isSure) delete headers[mayBeElsewhere]
      else headers[mayBeElsewhere] = 'yes'
      const answer = await ask(url, request, wire, index < asking.length - 1 ? answerMs : lastAnswerMs)
      if (wire.destroyed) {
        drop(answer)
        return
      }
      if (answer.kind === 'taken') {
        join(wire, head, answer)
        return
      }
      if (answer.kind === 'refused' && answer.response.statusCode !== 503) {
        relay(wire, answer.response)
        return
      }
      drop(answer)
      if (answer.kind === 'silent') {
        logger.warn({ error: answer.error, target: url }, 'a service could not be reached')
        instances.doubt(url)
        silent.add(url)
      }
    }
    wire.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  }
}

/**
 * What may have begun while the first in its order was away lives on another, which is asked before it is believed to be gone: all are
 * asked whether they have it, and only then what they make of it.
 */
function turnsOf(urls: readonly string[], hasBegun: boolean): { url: string; isSure: boolean }[] {
  const sure = urls.map((url) => ({ url, isSure: true }))
  return hasBegun && urls.length > 1 ? [...urls.map((url) => ({ url, isSure: false })), ...sure] : sure
}

function ask(target: string, { url = '/', headers }: IncomingMessage, wire: Socket, withinMs: number): Promise<Answer> {
  const { protocol, hostname, port, pathname } = new URL(target)
  const send = protocol === 'https:' ? httpsRequest : httpRequest
  const path = pathname.replace(/\/$/, '') + url
  return new Promise((resolve) => {
    const asked = send({ hostname, port, path, headers, agent: false })
    const leave = () => asked.destroy(new Error('the client went away'))
    wire.once('close', leave)
    const answer = (found: Answer) => {
      wire.off('close', leave)
      asked.setTimeout(0)
      resolve(found)
    }
    asked.setTimeout(withinMs, () => asked.destroy(new Error(`no answer within ${withinMs} ms`)))
    asked.once('upgrade', (response, socket, head) => answer({ kind: 'taken', response, socket, head }))
    asked.once('response', (response) => answer({ kind: 'refused', response }))
    asked.on('error', (error) => answer({ kind: 'silent', error }))
    asked.end()
  })
}

function drop(answer: Answer): void {
  if (answer.kind === 'taken') answer.socket.destroy()
  else if (answer.kind === 'refused') answer.response.destroy()
}

function join(wire: Socket, wireHead: Buffer, { response, socket, head }: Extract<Answer, { kind: 'taken' }>): void {
  for (const end of [wire, socket]) end.setTimeout(0).setNoDelay(true).setKeepAlive(true)
  for (const [one, other] of [
    [wire, socket],
    [socket, wire],
  ] as const) {
    one.on('error', () => one.destroy())
    one.once('close', () => {
      // What came before a proper end is on its way to the other, who may take it yet.
      if (!one.readableEnded) other.destroy()
      else setTimeout(() => other.destroy(), graceMs).unref()
    })
  }
  wire.write(headOf(response))
  if (head.length > 0) wire.write(head)
  if (wireHead.length > 0) socket.write(wireHead)
  socket.pipe(wire).pipe(socket)
}

function relay(wire: Socket, response: IncomingMessage): void {
  response.headers.connection = 'close'
  // What is piped on is no longer in chunks; the end of the connection is its end.
  delete response.headers['transfer-encoding']
  wire.write(headOf(response))
  response.on('error', () => wire.destroy())
  response.pipe(wire)
}

function headOf({ statusCode, statusMessage, headers }: IncomingMessage): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`))
  return `${[`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines].join('\r\n')}\r\n\r\n`
}
