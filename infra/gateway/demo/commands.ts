import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '../../../schemas/caller.ts'
import { InternalChannel } from '../../../schemas/channel/resource.ts'
import { channelRoutes } from '../../../schemas/channel/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { InternalTokens } from '../../runtime/auth/internal-tokens.ts'
import { type Service, serviceCall } from '../../runtime/http/service-call.ts'

export interface Command {
  path: string
  body: unknown
  caller: Caller
  /** The same key at every run, so that a second run does nothing. */
  key: string
}

/** Sends a command to command-api; resolves with the answer, or with undefined when what it would make is there already. */
export type Send = (command: Command) => Promise<Record<string, unknown> | undefined>

const patienceMs = 60_000

export function createSend(commandApi: string, tokens: Pick<InternalTokens, 'issue'>): Send {
  return async ({ path, body, caller, key }) => {
    const token = await tokens.issue(caller)
    const post = () =>
      fetch(commandApi + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      })
    const response = await persistently(post)
    const answer = await response.text()
    if (response.ok) return JSON.parse(answer)
    // 422: an earlier version of this set-up made it, with other words.
    if (response.status === 409 || response.status === 422) return undefined
    throw new Error(`POST ${path} answers ${response.status}: ${answer}`)
  }
}

/** A channel by its id, as command-api has it. */
export type Find = (channelId: string) => Promise<InternalChannel | undefined>

export function createFind(commandApi: Service): Find {
  const find = serviceCall(commandApi, channelRoutes.internal, InternalChannel)
  return async (id) => {
    try {
      return (await find({ caller: { kind: 'system', id: 'demo' }, params: { id } })).body
    } catch (error) {
      if (error instanceof Rejection && error.code === 'not-found') return undefined
      throw error
    }
  }
}

/** A service that has just been started may need a moment; what is sent is idempotent. */
async function persistently(post: () => Promise<Response>): Promise<Response> {
  const until = Date.now() + patienceMs
  for (;;) {
    const last = Date.now() >= until
    try {
      const response = await post()
      if (last || response.status < 500) return response
      await response.body?.cancel()
    } catch (error) {
      if (last) throw new Error('command-api cannot be reached', { cause: error })
    }
    await sleep(200)
  }
}
