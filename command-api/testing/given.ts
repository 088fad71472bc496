import assert from 'node:assert/strict'
import type { Happened } from '../../schemas/define.ts'
import { Rejection, type RejectionCode } from '../../schemas/rejection.ts'
import type { Decider } from '../domain/decider.ts'

type Event = { type: string; data: unknown }

/** An event of the past; `by` gives it a command with an idempotency key. */
export type Past<E extends Event> = E & { by?: { commandId: string; request: string } }

const actor = { kind: 'system', id: 'test' }
export const workspaceId = '00000000-0000-4000-8000-0000000000aa'

/** The envelope facts of the n-th event: one second apart, from noon. */
export function moment(revision: number, by?: { commandId: string; request: string }): Happened {
  const at = new Date(Date.UTC(2026, 0, 1, 12, 0, revision)).toISOString()
  const id = `00000000-0000-4000-8000-${String(revision).padStart(12, '0')}`
  return { id, revision, workspaceId, at, actor, commandId: by?.commandId ?? id, request: by?.request }
}

export function stateOf<S, C, E extends Event>(decider: Decider<S, C, E>, events: readonly Past<E>[]): S {
  return events.reduce(
    (state, event, revision) => decider.evolve(state, event, moment(revision, event.by)),
    decider.initial,
  )
}

/** given(decider, past events).when(command).yields(new events), or .refused(code). */
export function given<S, C, E extends Event>(decider: Decider<S, C, E>, ...past: Past<E>[]) {
  return {
    when(command: C) {
      const decide = () => decider.decide(stateOf(decider, past), command)
      return {
        yields: (...expected: E[]) => assert.deepEqual(decide(), expected),
        refused: (code: RejectionCode) =>
          assert.throws(decide, (error) => error instanceof Rejection && error.code === code),
      }
    },
  }
}
