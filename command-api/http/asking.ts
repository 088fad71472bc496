import { createHmac, randomUUID } from 'node:crypto'
import { v5 as uuidV5 } from 'uuid'
import { canonical } from '../../infra/runtime/event-store/canonical.ts'
import type { CommandContext } from '../../infra/runtime/event-store/log.ts'
import type { Request } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { causeIn } from '../../schemas/cause.ts'
import type { Actor } from '../../schemas/envelope.ts'

/** Namespace of the command ids that are made of idempotency keys. */
const commands = 'f4b1f4b6-5a8e-5d0f-9c53-2f7c1de0a7b1'

export type AnyRequest = Pick<Request, 'params' | 'body' | 'caller' | 'idempotencyKey' | 'trace'> &
  Partial<Pick<Request, 'headers'>>

/** A command's identity: the same for a retry with the same key by the same caller on the same thing. */
export interface Asking {
  commandId: string
  /** Fingerprint of what is asked; absent where there was no key, since nobody can repeat it. */
  request: string | undefined
  at: string
}

/** `about` is what the command changes: a key holds for one stream and one caller. */
export function askingOf(request: AnyRequest, about: string, action: string): Asking {
  const at = new Date().toISOString()
  const { idempotencyKey: key, caller, params, body } = request
  if (key === undefined) return { commandId: randomUUID(), request: undefined, at }
  const commandId = uuidV5(`${scopeOf(caller)}\n${about}\n${key}`, commands)
  return { commandId, request: fingerprint({ action, params, body: body ?? {} }, key), at }
}

export function contextOf(
  asking: Asking,
  request: AnyRequest,
  about: { workspaceId: string; actor: Actor; key?: string },
): CommandContext {
  const context = { ...asking, ...about, correlationId: request.trace, causationId: asking.commandId }
  // Only our own services act for others, and say what made them.
  const cause = request.caller.kind === 'system' ? causeIn(request.headers ?? {}) : undefined
  if (cause === undefined) return context
  const { bot, eventId, depth } = cause
  return { ...context, actor: { kind: 'bot', id: bot }, causationId: eventId, depth }
}

/** A part of a command with an identity of its own: derived, so that a retry has it again. */
export function derivedId(commandId: string, part: string): string {
  return uuidV5(part, commandId)
}

/** An id that only the holder of the secret can compute (RFC 9562, version 8): knowing a conversation's id is a right. */
export function secretId(secret: string, ...parts: string[]): string {
  const bytes = secretBytes(secret, ...parts)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

/** 32 bytes that only the holder of the secret can compute: what is random to all others, and the same for a retry. */
export function secretBytes(secret: string, ...parts: string[]): Buffer {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest()
}

export function actorOf(caller: Caller, visitorId: string): Actor {
  switch (caller.kind) {
    case 'anonymous':
    case 'visitor':
      return { kind: 'visitor', id: visitorId }
    case 'agent':
    case 'apiKey':
    case 'system':
      return { kind: caller.kind, id: caller.id }
  }
}

/** All who act as the visitor of a conversation share a scope: with a token or without, it is one person. */
export function scopeOf(caller: Caller): string {
  return caller.kind === 'anonymous' || caller.kind === 'visitor' ? 'visitor' : `${caller.kind}:${caller.id}`
}

/**
 * It stays in the log when the words that it was made of are erased. Keyed with what the log does not have, it cannot be used to try
 * out which telephone number or which short message it stood for.
 */
function fingerprint(asked: { action: string; params: unknown; body: unknown }, key: string): string {
  return createHmac('sha256', key).update(canonical(asked)).digest('base64url').slice(0, 22)
}
