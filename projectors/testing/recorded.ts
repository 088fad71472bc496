import type { Recorded } from '../../schemas/envelope.ts'
import { type History, uuid } from './history.ts'

/** A history as the log would give it back, at consecutive positions. */
export function recorded(history: History, firstPosition = 0): Recorded[] {
  return history.events.map(({ event, at }, revision) => ({
    id: uuid(history.stream, revision),
    stream: history.stream,
    revision,
    position: { commit: BigInt(firstPosition + revision), prepare: BigInt(firstPosition + revision) },
    type: event.type,
    data: event.data,
    meta: {
      v: 1,
      workspaceId: history.workspaceId,
      actor: { kind: 'system', id: 'test' },
      commandId: uuid(history.stream, revision),
      $correlationId: 'test',
      $causationId: 'test',
      at,
      prev: '',
      hash: '',
    },
  }))
}
