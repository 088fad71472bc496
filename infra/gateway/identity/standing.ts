import { LRUCache } from 'lru-cache'
import { AgentStanding } from '../../../schemas/agent/resource.ts'
import { agentRoutes } from '../../../schemas/agent/routes.ts'
import type { Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Service, serviceCall } from '../../runtime/http/service-call.ts'
import type { Logger } from '../../runtime/logger.ts'

export type AgentCaller = Extract<Caller, { kind: 'agent' }>

/**
 * What the log says of agents: its word wins over that of a token or a session, which may be older. Who is unknown to the log, since
 * another issuer vouches for him, has what his token says.
 */
export interface Standing {
  /**
   * The caller with the role that he has now. Without a promise where that is known, as it is for most requests. Throws
   * Rejection('unauthenticated') for one who was removed; ('unavailable') when the log's word is not to be had.
   */
  apply(caller: AgentCaller): AgentCaller | Promise<AgentCaller>
  /** The log's word of this moment. Throws Rejection('unavailable'). */
  ask(agentId: string): Promise<AgentStanding>
  /** It has changed: the log is asked anew. */
  forget(agentId: string): void
}

interface Known {
  standing: AgentStanding
  /** When it was learnt, and when it was asked for last, in milliseconds of a monotonic clock. */
  at: number
  triedAt: number
}

/** A removed agent is refused, and a demoted one is no admin, so long after at most. */
const freshMs = 5000
/** While command-api is away, the last word counts so long. */
const staleMs = 60_000
/** And it is asked again so often. */
const retryMs = 1000
const timeoutMs = 3000

export function createStanding(
  commandApi: Service,
  logger: Logger,
  now: () => number = () => performance.now(),
): Standing {
  const call = serviceCall(commandApi, agentRoutes.standing, AgentStanding)
  const known = new LRUCache<string, Known>({ max: 20_000 })
  const asking = new Map<string, Promise<AgentStanding>>()

  const ask = async (id: string): Promise<AgentStanding> => {
    const { body } = await call({ caller: { kind: 'system', id: 'gateway' }, params: { id }, timeoutMs })
    known.set(id, { standing: body, at: now(), triedAt: now() })
    return body
  }

  /** One question at a time for each agent. */
  const refresh = (id: string): Promise<AgentStanding> => {
    const under = asking.get(id)
    if (under !== undefined) return under
    const asked = ask(id)
      .catch((error: unknown) => lastWord(id, error))
      .finally(() => asking.delete(id))
    asking.set(id, asked)
    return asked
  }

  const lastWord = (id: string, error: unknown): AgentStanding => {
    const last = known.get(id)
    logger.debug({ error, known: last !== undefined }, 'the standing of an agent could not be asked')
    if (last === undefined || now() - last.at > staleMs) throw unavailable(error)
    last.triedAt = now()
    return last.standing
  }

  return {
    apply(caller) {
      const last = known.get(caller.id)
      if (last !== undefined) {
        const age = now() - last.at
        const triedJustNow = age <= staleMs && now() - last.triedAt < retryMs
        if (age < freshMs || triedJustNow) return standingAs(caller, last.standing)
      }
      return refresh(caller.id).then((standing) => standingAs(caller, standing))
    },
    ask: (id) =>
      ask(id).catch((error: unknown) => {
        throw unavailable(error)
      }),
    forget(agentId) {
      known.delete(agentId)
    },
  }
}

/** The person who calls, where no key may. */
export function personOf(caller: Caller): AgentCaller {
  if (caller.kind === 'agent') return caller
  throw new Rejection('forbidden', 'This is for people')
}

function standingAs(caller: AgentCaller, { status, role, workspaceId }: AgentStanding): AgentCaller {
  if (status === 'none') return caller
  if (status === 'removed' || workspaceId !== caller.workspaceId) {
    throw new Rejection('unauthenticated', 'This person was removed from the workspace')
  }
  return role === null || role === caller.role ? caller : { ...caller, role }
}

function unavailable(cause: unknown): Rejection {
  const rejection = new Rejection('unavailable', 'Whether you are still an agent cannot be found out now; try again')
  return Object.assign(rejection, { cause })
}
