import type { Heard, ServiceCall, Wish } from '../../infra/runtime/http/service-call.ts'
import { causeHeaders } from '../../schemas/cause.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { mayPass } from '../passing.ts'
import type { Acted, Acting } from './action.ts'

type Refused = Extract<Acted, { outcome: 'refused' }>

/**
 * Asks command-api for what an action does: once for its key, and with its cause. What it refuses for good is told by its code; what
 * may pass is thrown. `undefined`: an earlier try has done it, with words that have changed since, so that its answer is not known.
 */
export async function ask<T>(
  call: ServiceCall<T>,
  acting: Acting,
  wish: Pick<Wish, 'params' | 'body'> = {},
): Promise<{ heard: Heard<T> | undefined } | Refused> {
  const { workspaceId, conversationId, cause, key } = acting
  try {
    const heard = await call({
      caller: callerFor(workspaceId),
      params: { id: conversationId, ...wish.params },
      body: wish.body,
      idempotencyKey: key,
      headers: causeHeaders(cause),
    })
    return { heard }
  } catch (error) {
    if (!(error instanceof Rejection) || mayPass(error)) throw error
    if (error.code === 'idempotency-key-reused') return { heard: undefined }
    return { outcome: 'refused', why: error.code }
  }
}

export function callerFor(workspaceId: string) {
  return { kind: 'system', id: 'flow-engine', workspaceId } as const
}

/** For actions of which nothing more is told than that they are done. */
export async function done(asked: ReturnType<typeof ask>): Promise<Acted> {
  const answer = await asked
  return 'heard' in answer ? { outcome: 'done' } : answer
}
