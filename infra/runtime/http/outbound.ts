import { promises as dns, type LookupAddress, type LookupOptions } from 'node:dns'
import { Agent, request } from 'undici'
import { type AddressRule, isReachable } from './outbound-address.ts'
import { headersFault } from './outbound-headers.ts'
import { urlFault } from './outbound-url.ts'

export interface OutboundOptions extends AddressRule {
  /** For all of it, from the name's address to the last byte of the answer. Default 10,000. */
  timeoutMs?: number
  /** For the connection. Default: the smaller of 5000 and timeoutMs. */
  connectTimeoutMs?: number
  /** Of the answer's body, beyond which it is cut. Default 65,536. */
  maxBytes?: number
  /** Default: as this machine resolves names. */
  resolve?: (hostname: string) => Promise<LookupAddress[]>
}

export interface OutboundRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers?: Readonly<Record<string, string>>
  body?: string
}

export interface OutboundAnswer {
  status: number
  /** Names in small letters; of several with one name, the first. */
  headers: Record<string, string>
  /** As UTF-8; not decompressed. */
  body: string
  /** The body was longer. */
  truncated: boolean
}

/**
 * Why there is no answer. `refused`: it was not sent, by rule, and never will be as things stand; `unresolved`: the name has no address;
 * `unreachable`: no connection, or no TLS; `timeout`; `broken`: the connection ended, or what came was no HTTP.
 */
export type OutboundFailureKind = 'refused' | 'unresolved' | 'unreachable' | 'timeout' | 'broken'

/** The message is a sentence that may be shown to whoever gave the URL: it quotes neither addresses nor what was sent. */
export class OutboundFailure extends Error {
  override name = 'OutboundFailure'
  readonly kind: OutboundFailureKind

  constructor(kind: OutboundFailureKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export interface Outbound {
  /** Sends, and gives any answer, redirects too, which are not followed. Throws OutboundFailure where there is none. */
  send(url: string, request: OutboundRequest): Promise<OutboundAnswer>
  /** `send` by POST. */
  post(url: string, request: Omit<OutboundRequest, 'method'>): Promise<OutboundAnswer>
  /** Ends all connections, and what is under way. */
  close(): Promise<void>
}

/**
 * Sends requests to addresses that strangers have given, without lending them this server's place in its network (SSRF). Names are resolved
 * once for each connection; all of the answer must be reachable by the rule, and the connection is made to the very addresses that were
 * checked, so that a name which changes between check and connection gains nothing. Uses no proxy.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const { timeoutMs = 10_000, maxBytes = 65_536 } = options
  const agent = new Agent({
    connect: { lookup: lookupBy(options), timeout: options.connectTimeoutMs ?? Math.min(5000, timeoutMs) },
    // The whole has one limit, below.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4000,
    pipelining: 1,
  })

  const send = async (
    url: string,
    { method = 'POST', headers = {}, body }: OutboundRequest,
  ): Promise<OutboundAnswer> => {
    const fault = urlFault(url, options) ?? headersFault(headers)
    if (fault !== undefined) throw new OutboundFailure('refused', fault)
    const limit = new AbortController()
    const late = new OutboundFailure('timeout', `There was no answer within ${timeoutMs} ms.`)
    let timer: NodeJS.Timeout | undefined
    // The signal ends a request only when it has a connection; the race ends also the wait for one.
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        limit.abort(late)
        reject(late)
      }, timeoutMs)
    })
    const answer = async (): Promise<OutboundAnswer> => {
      const given = await request(url, {
        dispatcher: agent,
        method,
        headers: { 'accept-encoding': 'identity', ...headers },
        body: body ?? null,
        signal: limit.signal,
      })
      const read = await readUpTo(given.body, maxBytes)
      return { status: given.statusCode, headers: headersOf(given.headers), ...read }
    }
    try {
      return await Promise.race([answer(), tooLate])
    } catch (error) {
      throw failureOf(error)
    } finally {
      clearTimeout(timer)
    }
  }

  return { send, post: (url, request) => send(url, { ...request, method: 'POST' }), close: () => agent.destroy() }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/** `dns.lookup` as `net.connect` calls it, which gives checked addresses only. A literal address is not looked up: urlFault checks those. */
function lookupBy(rule: OutboundOptions) {
  const { resolve = (hostname) => dns.lookup(hostname, { all: true }) } = rule
  const checked = async (hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const [first, ...others] = await resolve(hostname).catch((cause: unknown) => {
      throw new OutboundFailure('unresolved', 'The name of the host has no address.', { cause })
    })
    if (first === undefined) throw new OutboundFailure('unresolved', 'The name of the host has no address.')
    if (![first, ...others].every(({ address }) => isReachable(address, rule)))
      throw new OutboundFailure('refused', 'The name of the host stands for a private, loopback or reserved address.')
    return [first, ...others]
  }
  return (hostname: string, { all }: LookupOptions, done: LookupCallback): void => {
    checked(hostname).then(
      (addresses) => (all === true ? done(null, addresses) : done(null, addresses[0].address, addresses[0].family)),
      (error: Error) => done(error, ''),
    )
  }
}

async function readUpTo(
  stream: AsyncIterable<Uint8Array>,
  most: number,
): Promise<Pick<OutboundAnswer, 'body' | 'truncated'>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop ends the connection.
  for await (const chunk of stream) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > most) break
  }
  return { body: Buffer.concat(chunks).subarray(0, most).toString('utf8'), truncated: bytes > most }
}

function headersOf(given: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const one = Array.isArray(value) ? value[0] : value
      return one === undefined ? [] : [[name, one]]
    }),
  )
}

function failureOf(error: unknown): unknown {
  if (error instanceof OutboundFailure || !(error instanceof Error)) return error
  // With several addresses, the error of the first; else the reason may be a cause.
  if (error instanceof AggregateError) return failureOf(error.errors[0])
  if (error.cause instanceof OutboundFailure) return error.cause
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return new OutboundFailure('timeout', 'There was no connection in time.', { cause: error })
  if (/^(UND_ERR_SOCKET|ECONNRESET|EPIPE|HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT_LENGTH)/.test(code))
    return new OutboundFailure('broken', 'The connection ended before there was an answer.', { cause: error })
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/.test(code))
    return new OutboundFailure('unreachable', `There is no connection to the host (${code}).`, { cause: error })
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_)/.test(code))
    return new OutboundFailure('unreachable', `The host has no valid certificate (${code}).`, { cause: error })
  return new OutboundFailure('broken', 'The request failed.', { cause: error })
}
