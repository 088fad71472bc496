import { type Service, type ServiceCall, serviceCall, type Wish } from '../../infra/runtime/http/service-call.ts'
import { type Cause, causeHeaders } from '../../schemas/cause.ts'
import type { RunOutcome } from '../../schemas/flow-run/outcomes.ts'
import { InternalRun } from '../../schemas/flow-run/resource.ts'
import { flowRunRoutes } from '../../schemas/flow-run/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { callerFor } from '../actions/ask.ts'
import type { ActiveRun, BegunRun } from '../domain/run/run.ts'
import type { Heard } from '../domain/scene/scene.ts'
import type { Stepped } from '../steps/step.ts'
import type { Words } from './streams.ts'

/** What command-api is told of a run. Each answers the run as it is then, and may be told twice. */
export interface Moves {
  /** Undefined where the conversation names no such run. */
  begin(runId: string, conversationId: string): Promise<BegunRun | undefined>
  step(run: ActiveRun, stepped: Stepped): Promise<BegunRun>
  reply(run: ActiveRun, heard: Heard, words: Words): Promise<BegunRun>
  timeOut(run: ActiveRun): Promise<BegunRun>
  end(run: BegunRun, end: { outcome: RunOutcome; why: string }): Promise<BegunRun>
}

/** A step that stands behind the flow, as history names it. */
export function causeOf({ flowId, enteredId, depth }: Pick<ActiveRun, 'flowId' | 'enteredId' | 'depth'>): Cause {
  return { bot: flowId, eventId: enteredId, depth }
}

export function createMoves(commandApi: Service): Moves {
  const get = serviceCall(commandApi, flowRunRoutes.get, InternalRun)
  const step = serviceCall(commandApi, flowRunRoutes.step, InternalRun)
  const reply = serviceCall(commandApi, flowRunRoutes.reply, InternalRun)
  const timeOut = serviceCall(commandApi, flowRunRoutes.timeOut, InternalRun)
  const stop = serviceCall(commandApi, flowRunRoutes.stop, InternalRun)
  const move = async (call: ServiceCall<InternalRun>, run: BegunRun, body: Wish['body'], eventId = run.enteredId) => {
    const headers = causeHeaders({ ...causeOf(run), eventId })
    return runOf((await call({ caller: callerFor(run.workspaceId), params: { id: run.id }, body, headers })).body)
  }
  return {
    async begin(runId, conversationId) {
      const caller = { kind: 'system', id: 'flow-engine' } as const
      try {
        return runOf((await get({ caller, params: { id: runId }, query: { conversationId } })).body)
      } catch (error) {
        if (error instanceof Rejection && error.code === 'not-found') return undefined
        throw error
      }
    },
    step: (run, stepped) => move(step, run, { step: run.step, ...stepped }),
    reply(run, { eventId, messageId, revision }, { text, value }) {
      return move(reply, run, { step: run.step, messageId, revision, text, value }, eventId)
    },
    timeOut: (run) => move(timeOut, run, { step: run.step }),
    end: (run, { outcome, why }) => move(stop, run, { outcome, why }),
  }
}

/** As it would be folded from its stream here. */
function runOf({ doing, outcome, why, endedAt, ...run }: InternalRun): BegunRun {
  if (run.status === 'active' && doing.kind !== 'nothing') return { ...run, status: run.status, doing }
  if (outcome === null || why === null || endedAt === null)
    throw new Error(`Run ${run.id} has ended without an outcome`)
  return { ...run, status: 'ended', outcome, why, endedAt }
}
