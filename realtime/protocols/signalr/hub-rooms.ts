import type { FrameErrorCode, RoomName, ServerFrame } from '../../../schemas/realtime/frames.ts'
import type { Session } from '../../session.ts'
import { Call, type Wish } from './calls.ts'
import { conversationOf } from './events.ts'
import type { Follower } from './follower.ts'

interface State {
  /** Everything up to here has been sent. */
  revision: number
  isLive: boolean
  /** Those who wait until it is live. */
  waiting: Call[]
  /** Whether the client keeps no place of its own, so that it is kept here. */
  isFollowed: boolean
  /** Whether the core has been asked. */
  isAsked: boolean
}

/** The conversations that one connection is in, or is entering; answers the calls about them from what the core says. */
export class HubRooms {
  readonly #session: Session
  readonly #follower: Follower
  readonly #rooms = new Map<string, State>()

  constructor(session: Session, follower: Follower) {
    this.#session = session
    this.#follower = follower
  }

  obey({ method, conversationId, after }: Wish, call: Call): void {
    const room = roomOf(conversationId)
    switch (method) {
      case 'JoinConversation':
        this.join(conversationId, after, call)
        return
      case 'LeaveConversation':
        this.#leave(room, call)
        return
      case 'TypingStart':
      case 'TypingStop':
        this.#session.typing(room, method === 'TypingStart' ? 'started' : 'stopped', call)
        // The core says nothing when it has nothing against it.
        call.complete(null)
        return
      default:
        method satisfies never
    }
  }

  /**
   * Enters; with `after` anew. Without it, being in already is enough: clients that name a conversation in the address and join it too
   * would lose what happens between the two, if that began anew. And without it one who comes back after a break goes on where the
   * connection that broke has come.
   */
  join(conversationId: string, after: number | undefined, call: Call): void {
    const room = roomOf(conversationId)
    const known = this.#rooms.get(room)
    if (known !== undefined && after === undefined) {
      if (known.isLive) call.complete({ conversationId, revision: known.revision })
      else known.waiting.push(call)
      return
    }
    const waiting = [...(known?.waiting ?? []), call]
    const isFollowed = after === undefined
    const state: State = { revision: after ?? -1, isLive: false, waiting, isFollowed, isAsked: false }
    this.#rooms.set(room, state)
    const enter = (from: number | undefined) => {
      if (!this.#rooms.has(room)) this.#follower.left(conversationId)
      if (this.#rooms.get(room) !== state) return
      state.isAsked = true
      this.#session.join({ room, ref: call, ...(from === undefined ? {} : { after: from }) })
    }
    if (isFollowed) void this.#follower.begin(conversationId).then(enter)
    else {
      this.#follower.left(conversationId)
      enter(after)
    }
  }

  #leave(room: RoomName, call: Call): void {
    if (this.#rooms.get(room)?.isAsked === false) {
      this.#drop(room, leftMeanwhile)
      call.complete(null)
    } else this.#session.leave(room, call)
  }

  /** What the core says. False when a conversation has ended that nobody asks about, and the connection cannot keep its word. */
  heed(frame: ServerFrame): boolean {
    switch (frame.type) {
      case 'joined':
        this.#begun(frame.room, frame)
        return true
      case 'event':
        this.#reached(frame.room, frame)
        return true
      case 'live':
        this.#reached(frame.room, frame)
        this.#live(frame.room)
        return true
      case 'left':
        this.#follower.left(conversationOf(frame.room))
        this.#drop(frame.room, leftMeanwhile)
        if (frame.ref instanceof Call) frame.ref.complete(null)
        return true
      case 'error':
        return this.#refused(frame.room, frame.message, frame.code, frame.ref)
      default:
        return true
    }
  }

  #begun(room: string, frame: ServerFrame): void {
    const state = this.#rooms.get(room)
    if (state === undefined || !('revision' in frame)) return
    state.revision = frame.revision
    if (state.isFollowed) this.#follower.entered(conversationOf(room), frame.revision)
  }

  #reached(room: string, frame: ServerFrame): void {
    const state = this.#rooms.get(room)
    if (state === undefined || !('revision' in frame)) return
    state.revision = frame.revision
    if (state.isFollowed) this.#follower.moved(conversationOf(room), frame.revision)
  }

  #live(room: string): void {
    const state = this.#rooms.get(room)
    if (state === undefined) return
    state.isLive = true
    const waiting = state.waiting
    state.waiting = []
    for (const call of waiting) call.complete({ conversationId: conversationOf(room), revision: state.revision })
  }

  #refused(room: string | undefined, message: string, code: FrameErrorCode, ref: unknown): boolean {
    const state = room === undefined ? undefined : this.#rooms.get(room)
    if (ref instanceof Call && !state?.waiting.includes(ref)) {
      ref.fail(message, code)
      return true
    }
    if (room === undefined || state === undefined) return true
    const wasAsked = state.waiting.length > 0
    this.#drop(room, message, code)
    return wasAsked
  }

  #drop(room: string, message: string, code?: FrameErrorCode): void {
    const state = this.#rooms.get(room)
    this.#rooms.delete(room)
    for (const call of state?.waiting ?? []) call.fail(message, code)
  }
}

const leftMeanwhile = 'The conversation was left meanwhile.'

const roomOf = (conversationId: string): RoomName => `conversation:${conversationId}`
