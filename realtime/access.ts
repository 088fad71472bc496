import type { Caller } from '../schemas/caller.ts'
import type { CloseReason, FrameErrorCode, RoomName, Who } from '../schemas/realtime/frames.ts'
import type { Facts } from './facts.ts'
import { roomKey } from './rooms.ts'
import type { Audience } from './sighting.ts'

export type RoomRef =
  | { kind: 'inbox'; name: 'inbox' }
  | { kind: 'presence'; name: 'presence' }
  | { kind: 'conversation'; id: string; name: RoomName }

type StaffRoom = Exclude<RoomRef, { kind: 'conversation' }>

/** The right to be in a room, and what it rests on. */
export interface Grant {
  readonly room: RoomRef
  /** Names the room and its workspace. */
  readonly key: string
  readonly workspaceId: string
  readonly audience: Audience
  readonly who: Who
  /** Ends when this agent is removed. */
  readonly agentId?: string
  /** Rests on names that others may know: ends when this widget or channel begins to ask for more. */
  readonly unprovenOf?: string | undefined
  /** Ends then; seconds since the Unix epoch. */
  readonly expiresAt?: number | undefined
}

/** Why somebody may not enter; said to the client as it is. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly code: FrameErrorCode

  constructor(code: FrameErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A change in the log that ends rights. */
export type AccessChange =
  | { kind: 'agent-removed'; agentId: string }
  /** A widget begins to ask for visitor tokens, or a channel for signatures. */
  | { kind: 'token-required'; of: string }

/** Whoever holds grants on a connection. */
export interface Holder {
  /** Ends what the change ends, at once. */
  apply(change: AccessChange): void
  close(reason: CloseReason): void
}

export function endsBy(grant: Grant, change: AccessChange): boolean {
  return change.kind === 'agent-removed' ? grant.agentId === change.agentId : grant.unprovenOf === change.of
}

export function parseRoom(name: string): RoomRef {
  if (name === 'inbox') return { kind: 'inbox', name }
  if (name === 'presence') return { kind: 'presence', name }
  const id = name.slice('conversation:'.length).toLowerCase()
  return { kind: 'conversation', id, name: `conversation:${id}` }
}

/**
 * Decides who may enter a room; throws a Refusal, or LogUnavailable. What it rests on may change while it is read: whoever acts on the
 * grant compares `facts.epoch` before and after, in the turn in which he acts.
 */
export function grantEntry(facts: Facts, caller: Caller, room: RoomRef): Promise<Grant> {
  return room.kind === 'conversation' ? toConversation(facts, caller, room) : toStaffRoom(facts, caller, room)
}

async function toStaffRoom(facts: Facts, caller: Caller, room: StaffRoom): Promise<Grant> {
  const staff = await staffOf(facts, caller)
  if (staff === undefined) {
    throw caller.kind === 'anonymous'
      ? new Refusal('unauthenticated', `The room ${room.name} needs the credential of an agent.`)
      : new Refusal('forbidden', `The room ${room.name} is for agents.`)
  }
  return { room, key: roomKey(staff.workspaceId, room.name), audience: 'agent', ...staff }
}

async function toConversation(
  facts: Facts,
  caller: Caller,
  room: Extract<RoomRef, { kind: 'conversation' }>,
): Promise<Grant> {
  const conversation = await facts.conversation(room.id)
  if (conversation === undefined) throw absent()
  const { workspaceId, visitorId, widgetId, channel } = conversation
  const key = roomKey(workspaceId, room.name)
  const staff = await staffOf(facts, caller)
  if (staff !== undefined) {
    if (staff.workspaceId !== workspaceId) throw absent()
    return { room, key, audience: 'agent', ...staff }
  }
  const visitor = {
    room,
    key,
    workspaceId,
    audience: 'visitor' as const,
    who: { kind: 'visitor' as const, id: visitorId },
  }
  if (caller.kind === 'visitor') {
    if (caller.workspaceId !== workspaceId) throw absent()
    if (caller.conversationId === room.id) return visitor
  }
  // The ids of a channel's conversations can be guessed: without their token they are not even told to exist.
  if (channel !== 'widget') throw absent()
  // A widget's is unguessable: whoever knows it may read (document A), unless the widget asks for more.
  if (widgetId === null) return visitor
  if ((await facts.widget(widgetId))?.tokenRequired) {
    throw new Refusal('unauthenticated', 'This conversation needs a visitor token: give it as token.')
  }
  return { ...visitor, unprovenOf: widgetId }
}

type Staff = Pick<Grant, 'workspaceId' | 'who' | 'agentId' | 'expiresAt'>

/** The caller as one who sees all of a workspace; undefined when he is none. */
async function staffOf(facts: Facts, caller: Caller): Promise<Staff | undefined> {
  switch (caller.kind) {
    case 'agent': {
      const { id, workspaceId, expiresAt } = caller
      const known = await facts.agent(id)
      // An agent whom another issuer vouches for may not be in the log; one who was removed is.
      if (known?.removed || (known !== undefined && known.workspaceId !== workspaceId)) {
        throw new Refusal('forbidden', 'This agent was removed from the workspace.')
      }
      return { workspaceId, who: { kind: 'agent', id }, agentId: id, expiresAt }
    }
    case 'apiKey':
      if (!caller.scopes.includes('read')) throw new Refusal('forbidden', 'This needs an API key with the scope read.')
      return { workspaceId: caller.workspaceId, who: { kind: 'apiKey', id: caller.id }, expiresAt: caller.expiresAt }
    case 'system':
      return undefined
    case 'visitor':
    case 'anonymous':
      return undefined
    default:
      caller satisfies never
      return undefined
  }
}

function absent(): Refusal {
  return new Refusal('not-found', 'There is no such conversation.')
}
