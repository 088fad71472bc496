import Type, { type Static } from 'typebox'
import type { Happened } from './define.ts'

export const actorKinds = ['visitor', 'agent', 'bot', 'ai', 'system', 'apiKey'] as const

export const Actor = Type.Object({
  kind: Type.Union(actorKinds.map((kind) => Type.Literal(kind))),
  id: Type.String(),
})
export type Actor = { kind: (typeof actorKinds)[number]; id: string }

/** The metadata of every event in the log (DESIGN.md section 3). */
export const Envelope = Type.Object({
  v: Type.Integer({ minimum: 1, description: 'schema version of the data' }),
  workspaceId: Type.String({ format: 'uuid' }),
  actor: Actor,
  commandId: Type.String({ format: 'uuid', description: 'the idempotency key, made a UUID; or a random one' }),
  request: Type.Optional(
    Type.String({ description: 'fingerprint of the command, so that a reused key with another body is refused' }),
  ),
  $correlationId: Type.String(),
  $causationId: Type.String(),
  at: Type.String({ format: 'date-time', description: 'when it was appended, ISO 8601 UTC' }),
  depth: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'how many flows and automations stand between a person and this; absent: a person did it',
    }),
  ),
  key: Type.Optional(Type.String({ description: 'the contact whose personal data the event holds' })),
  prev: Type.String({ description: 'hash of the event before it in the stream; empty for the first' }),
  hash: Type.String({
    description: 'SHA-256 over prev and the RFC 8785 form of id, type, stored data and metadata, hex',
  }),
})
export interface Envelope extends Omit<Static<typeof Envelope>, 'actor'> {
  actor: Actor
}

/** A place in the log; both parts are 64-bit integers in decimal. */
export interface LogPosition {
  commit: bigint
  prepare: bigint
}

/** An event as read back from the log: decoded, unsealed, upcast. */
export interface Recorded<E extends { type: string; data: unknown } = { type: string; data: unknown }> {
  id: string
  stream: string
  revision: number
  position: LogPosition
  type: E['type']
  data: E['data']
  meta: Envelope
}

/** A recorded event of a union, so that `type` tells which `data` it has. */
export type RecordedEach<E extends { type: string; data: unknown }> = E extends E ? Recorded<E> : never

/** The form that folds take. */
export function happened(recorded: Recorded): Happened {
  const { workspaceId, at, actor, commandId, request } = recorded.meta
  return { id: recorded.id, revision: recorded.revision, workspaceId, at, actor, commandId, request }
}

export function formatPosition(position: LogPosition): string {
  return `${position.commit}/${position.prepare}`
}

/** Reads `<commit>/<prepare>`; undefined when it is no position. */
export function parsePosition(text: string): LogPosition | undefined {
  const found = /^(\d{1,19})\/(\d{1,19})$/.exec(text)
  return found?.[1] && found[2] ? { commit: BigInt(found[1]), prepare: BigInt(found[2]) } : undefined
}

/** Whether both parts are no greater than signed 64-bit integers can be, as stores keep them. */
export function isStorable({ commit, prepare }: LogPosition): boolean {
  const most = 2n ** 63n - 1n
  return commit <= most && prepare <= most
}

export function comparePositions(a: LogPosition, b: LogPosition): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1
  return 0
}
