import type { TypingState, Who } from '../schemas/realtime/frames.ts'
import { identityOf, type Mention, roomOf } from './mention.ts'
import type { Signals } from './signals.ts'

export const typingMs = 5000

interface Typist {
  who: Who
  timer: NodeJS.Timeout
}

/** Who types in which room. Forgotten after five seconds of silence, with the message itself, or with the socket. */
export class Typing {
  readonly #signals: Pick<Signals, 'tell'>
  readonly #mention: Mention
  readonly #rooms = new Map<string, Map<string, Typist>>()

  constructor(signals: Pick<Signals, 'tell'>, mention: Mention) {
    this.#signals = signals
    this.#mention = mention
  }

  /** A member here has said so. */
  say(key: string, who: Who, state: TypingState): void {
    const known = this.#rooms.get(key)?.has(identityOf(who)) ?? false
    if (state === 'stopped' && !known) return
    this.hear(key, who, state)
    this.#signals.tell({ kind: 'typing', key, who, state })
  }

  /** A member has said so, here or elsewhere. Members are told of changes only. */
  hear(key: string, who: Who, state: TypingState): void {
    if (state === 'started') this.#start(key, who)
    else this.#forget(key, identityOf(who))
  }

  /** A message ends its sender's typing. Visitors are one in a conversation. */
  messageCame(key: string, sender: { type: string; id: string }): void {
    for (const [identity, { who }] of this.#rooms.get(key) ?? []) {
      if (who.kind === sender.type && (who.kind === 'visitor' || who.id === sender.id)) this.#forget(key, identity)
    }
  }

  stop(): void {
    for (const typists of this.#rooms.values()) for (const { timer } of typists.values()) clearTimeout(timer)
    this.#rooms.clear()
  }

  #start(key: string, who: Who): void {
    const identity = identityOf(who)
    const typists = this.#rooms.get(key) ?? new Map<string, Typist>()
    this.#rooms.set(key, typists)
    const before = typists.get(identity)
    if (before) clearTimeout(before.timer)
    typists.set(identity, { who, timer: setTimeout(() => this.#forget(key, identity), typingMs).unref() })
    if (!before) this.#show(key, who, 'started')
  }

  #forget(key: string, identity: string): void {
    const typists = this.#rooms.get(key)
    const typist = typists?.get(identity)
    if (typists === undefined || typist === undefined) return
    clearTimeout(typist.timer)
    typists.delete(identity)
    if (typists.size === 0) this.#rooms.delete(key)
    this.#show(key, typist.who, 'stopped')
  }

  #show(key: string, who: Who, state: TypingState): void {
    this.#mention(key, { type: 'typing', room: roomOf(key), state, who }, { except: identityOf(who) })
  }
}
