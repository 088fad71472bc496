import { LogUnavailable } from '../infra/runtime/event-store/log.ts'
import type { Caller } from '../schemas/caller.ts'
import {
  type CloseReason,
  type FrameErrorCode,
  frameErrors,
  type TypingState,
  type Who,
} from '../schemas/realtime/frames.ts'
import { Rejection } from '../schemas/rejection.ts'
import {
  type AccessChange,
  endsBy,
  type Grant,
  grantEntry,
  type Holder,
  parseRoom,
  Refusal,
  type RoomRef,
} from './access.ts'
import type { Core } from './core.ts'
import { Gate } from './gate.ts'
import { type After, enter, type Membership } from './membership.ts'
import type { Peer } from './peer.ts'
import { TooFarBehind } from './resume.ts'
import { roomKey } from './rooms.ts'

export interface JoinRequest {
  room: string
  after?: After
  token?: string | undefined
  /** Who enters, where the protocol has found out another way; asked again when what that rests on has changed. Throws a Refusal. */
  as?: (() => Promise<Entrant>) | undefined
  ref?: unknown
}

/** Who a token that a client shows stands for; throws Rejection('unauthenticated'). */
export type ReadToken = (token: string) => Promise<Caller>

/** Who enters one room, beside the caller of the whole connection. */
export interface Entrant {
  caller: Caller
  /** The widget or channel by whose leave the name alone is enough. */
  unprovenOf?: string | undefined
}

interface Slot {
  membership?: Membership
}

/** Rooms that a session enters at the same time. */
const entering = 4
/** Node's timers hold 31 bits of milliseconds; a longer-lived session is looked at again. */
const longestTimer = 2 ** 31 - 1

/** One connection: which rooms it is in, and by what right. The same for every protocol. */
export class Session implements Holder {
  readonly #core: Core
  readonly #peer: Peer
  readonly #caller: Caller
  readonly #readToken: ReadToken
  readonly #slots = new Map<string, Slot>()
  readonly #gate = new Gate(entering)
  /** Where an agent is present while this lasts. */
  readonly #presence: { key: string; who: Who } | undefined
  #expiry: NodeJS.Timeout | undefined
  #expiresAt = Number.POSITIVE_INFINITY
  #ended = false

  constructor(core: Core, peer: Peer, caller: Caller, readToken: ReadToken) {
    this.#core = core
    this.#peer = peer
    this.#caller = caller
    this.#readToken = readToken
    core.sessions.add(this)
    this.#presence = presenceOf(caller)
    if (this.#presence !== undefined) core.presence.enter(this.#presence.key, this.#presence.who)
    if ('expiresAt' in caller) this.#endAt(caller.expiresAt)
  }

  /** Enters a room, or enters it anew. Answers by frames. */
  join(request: JoinRequest): void {
    if (this.#ended) return
    const room = parseRoom(request.room)
    this.#vacate(room.name)
    if (this.#slots.size >= this.#core.limits.maxRooms) {
      this.refuse('too-many-rooms', `A connection may be in ${this.#core.limits.maxRooms} rooms.`, request.ref, room)
      return
    }
    const slot: Slot = {}
    this.#slots.set(room.name, slot)
    this.#gate
      .run(() => this.#enter(slot, room, request))
      .catch((error: unknown) => this.#fail(slot, room, error, request.ref))
  }

  leave(name: string, ref?: unknown): void {
    const room = parseRoom(name)
    if (this.#vacate(room.name)) {
      this.#peer.deliver({ type: 'left', room: room.name, ...(ref === undefined ? {} : { ref }) })
    } else {
      this.refuse('not-joined', 'This connection is not in the room.', ref, room)
    }
  }

  typing(name: string, state: TypingState, ref?: unknown): void {
    const room = parseRoom(name)
    const grant = this.grantOf(room.name)
    if (grant === undefined) this.refuse('not-joined', 'This connection is not in the room.', ref, room)
    else if (room.kind !== 'conversation') this.refuse('validation', 'Nobody types in this room.', ref, room)
    else this.#core.typing.say(grant.key, grant.who, state)
  }

  /** A change in the log: ends what rests on it, before anything that came after it is delivered. */
  apply(change: AccessChange): void {
    const removed = change.kind === 'agent-removed'
    let cut = removed && this.#caller.kind === 'agent' && this.#caller.id === change.agentId
    for (const [name, { membership }] of this.#slots) {
      if (membership === undefined || !endsBy(membership.grant, change)) continue
      this.#vacate(name)
      const reason = removed ? 'removed' : 'token-required'
      this.#peer.deliver({ type: 'revoked', room: membership.grant.room.name, reason })
      cut ||= removed
    }
    if (cut) this.close('removed')
  }

  refuse(code: FrameErrorCode, message: string, ref?: unknown, room?: RoomRef): void {
    this.#core.meters.framesRefused.inc({ code })
    const about = { ...(room === undefined ? {} : { room: room.name }), ...(ref === undefined ? {} : { ref }) }
    this.#peer.deliver({ type: 'error', code, message, ...about })
  }

  close(reason: CloseReason): void {
    this.end()
    this.#peer.close(reason)
  }

  /** The connection has ended. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#expiry)
    this.#core.sessions.delete(this)
    for (const name of [...this.#slots.keys()]) this.#vacate(name)
    if (this.#presence !== undefined) this.#core.presence.leave(this.#presence.key, this.#presence.who)
  }

  /** By what right it is in a room; undefined where it is not. */
  grantOf(name: string): Grant | undefined {
    return this.#slots.get(name)?.membership?.grant
  }

  async #enter(slot: Slot, room: RoomRef, { token, as, after, ref }: JoinRequest): Promise<void> {
    if (!this.#holds(slot, room)) return
    const shown = { caller: token === undefined ? this.#caller : await this.#readToken(token) }
    const { facts } = this.#core
    let epoch: number
    let grant: Grant
    do {
      epoch = facts.epoch
      const { caller, unprovenOf }: Entrant = as === undefined ? shown : await as()
      grant = await grantEntry(facts, caller, room)
      if (unprovenOf !== undefined) grant = { ...grant, unprovenOf }
      // A right that has ended meanwhile is decided again; from here to the registration in the room nothing is awaited.
    } while (facts.epoch !== epoch)
    if (!this.#holds(slot, room)) return
    const onFailure = (error: unknown) => this.#fail(slot, room, error, undefined)
    slot.membership = enter({ core: this.#core, peer: this.#peer, grant, after, onFailure })
    this.#endAt(grant.expiresAt)
    await slot.membership.settle(ref)
  }

  /** Whether the room has not been left, or entered anew, since. */
  #holds(slot: Slot, room: RoomRef): boolean {
    return !this.#ended && this.#slots.get(room.name) === slot
  }

  #vacate(name: string): boolean {
    const slot = this.#slots.get(name)
    slot?.membership?.end()
    return this.#slots.delete(name)
  }

  #fail(slot: Slot, room: RoomRef, error: unknown, ref: unknown): void {
    if (!this.#holds(slot, room)) return
    this.#vacate(room.name)
    const [code, message] = refusalOf(error)
    if (code === 'unavailable')
      this.#core.logger.warn({ error, room: room.name }, 'a room could not be kept up to date')
    this.refuse(code, message, ref, room)
  }

  /** A session ends with the first credential that it rests on. */
  #endAt(expiresAt: Grant['expiresAt']): void {
    if (expiresAt === undefined || expiresAt >= this.#expiresAt || this.#ended) return
    this.#expiresAt = expiresAt
    this.#awaitExpiry()
  }

  #awaitExpiry(): void {
    clearTimeout(this.#expiry)
    const left = this.#expiresAt * 1000 - Date.now()
    if (left <= 0) this.close('expired')
    else this.#expiry = setTimeout(() => this.#awaitExpiry(), Math.min(left, longestTimer)).unref()
  }
}

function presenceOf(caller: Caller): { key: string; who: Who } | undefined {
  if (caller.kind !== 'agent') return undefined
  return { key: roomKey(caller.workspaceId, 'presence'), who: { kind: 'agent', id: caller.id } }
}

function refusalOf(error: unknown): [FrameErrorCode, string] {
  if (error instanceof Refusal) return [error.code, error.message]
  const told = error instanceof Rejection ? frameErrors.find((code) => code === error.code) : undefined
  if (error instanceof Rejection && told !== undefined) return [told, error.message]
  if (error instanceof TooFarBehind) return ['too-far-behind', error.message]
  const detail = error instanceof LogUnavailable ? 'The log cannot be read now.' : 'This room cannot be served now.'
  return ['unavailable', `${detail} Join again with after.`]
}
