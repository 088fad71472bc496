import type { IncomingMessage } from 'node:http'
import { bearerOf } from '../../../infra/runtime/auth/bearer.ts'
import { addressOf } from '../../../infra/runtime/http/address.ts'
import { invalid } from '../../../infra/runtime/http/problem.ts'
import type { RateLimiter } from '../../../infra/runtime/rate-limiter.ts'
import type { Caller } from '../../../schemas/caller.ts'
import { SocketAuth } from '../../../schemas/realtime/socket-io.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'
import type { ReadToken } from '../../session.ts'
import type { Canonical } from './canonical.ts'

/** Who has come, and with what. */
export interface Arrival {
  caller: Caller
  auth: SocketAuth
  /** The page that it comes from, and the host that it has called; browsers say both. */
  origin: string | undefined
  host: string | undefined
  /** Address of the client. */
  ip: string
  /** `traceparent` of the handshake, so that all that a socket does is one trace. */
  traceId: string | undefined
}

/** Finds out who comes, in the two steps in which Socket.IO lets somebody in. */
export interface Reception {
  /** The request that begins a connection: it bears the internal token of whom the gateway has recognised. Throws Rejection. */
  admit(request: IncomingMessage): Promise<void>
  /** The packet that enters the namespace, with `auth`, which the gateway has not seen. Throws Rejection. */
  greet(request: IncomingMessage, auth: unknown): Promise<Arrival>
}

const anonymous: Caller = { kind: 'anonymous' }
const self: Caller = { kind: 'system', id: 'realtime' }
const checkAuth = checkOf(SocketAuth)

export function createReception({
  canonical,
  readCredential,
  guessLimit,
}: {
  canonical: Pick<Canonical, 'recognise'>
  readCredential: ReadToken
  /** Those who guess credentials are counted by their address, as at the gateway, where it is the same count. */
  guessLimit: RateLimiter | undefined
}): Reception {
  const admitted = new WeakMap<IncomingMessage, Caller>()

  const recognise = async (credential: string, { ip, traceId }: Pick<Arrival, 'ip' | 'traceId'>): Promise<Caller> => {
    const trace = traceId === undefined ? {} : { traceId }
    const { body } = await canonical.recognise({ caller: self, body: { credential }, ...trace })
    if (body.token !== null) return readCredential(body.token)
    const isOver = (await guessLimit?.count(ip))?.isOver === true
    throw isOver
      ? new Rejection('rate-limited', 'Too many bad credentials from this address; try again later.')
      : new Rejection('unauthenticated', 'The credential in auth.token is invalid or has expired')
  }

  const callerOf = (
    request: IncomingMessage,
    { token, embed_token }: SocketAuth,
    from: Pick<Arrival, 'ip' | 'traceId'>,
  ) => {
    if (typeof token === 'string' && token !== '') return recognise(token, from)
    // A widget's page on our own host sends the cookie of an agent who happens to look at it.
    if (typeof embed_token === 'string') return anonymous
    return admitted.get(request) ?? anonymous
  }

  return {
    async admit(request) {
      const token = bearerOf(request.headers.authorization)
      admitted.set(request, token === undefined ? anonymous : await readCredential(token))
    },
    async greet(request, given) {
      const checked = checkAuth(given)
      if (!checked.ok) throw invalid(checked.errors.map(({ path, message }) => ({ path: `auth${path}`, message })))
      const { traceparent, origin, host } = request.headers
      const traceId = typeof traceparent === 'string' ? traceparent : undefined
      // The gateway stands before us, and says who stands before it.
      const ip = addressOf(request, 1)
      const caller = await callerOf(request, checked.value, { ip, traceId })
      return { caller, auth: checked.value, origin, host, ip, traceId }
    },
  }
}
