import type { ServerFrame, Who } from '../schemas/realtime/frames.ts'
import { identityOf, type Mention, roomOf } from './mention.ts'
import type { Signals } from './signals.ts'

interface Person {
  who: Who
  /** Sockets on this instance. */
  here: number
  /** Other instances where he is, and until when that holds, in milliseconds. */
  elsewhere: Map<string, number>
}

type Change = { kind: Who['kind']; id: string; state: 'online' | 'offline' }

/**
 * Who is in which room, told to its agents; an agent is in his workspace's room `presence` while he is connected at all. Each instance announces its own again and again; what is no longer announced ends by
 * itself, so that a killed instance leaves nobody behind.
 */
export class Presence {
  readonly #signals: Pick<Signals, 'tell'>
  readonly #mention: Mention
  /** Entries of other instances are forgotten after so many milliseconds without a word. */
  readonly #lastsMs: number
  readonly #now: () => number
  readonly #rooms = new Map<string, Map<string, Person>>()

  constructor(signals: Pick<Signals, 'tell'>, mention: Mention, lastsMs: number, now: () => number = Date.now) {
    this.#signals = signals
    this.#mention = mention
    this.#lastsMs = lastsMs
    this.#now = now
  }

  /** A socket has entered. The frame tells an agent who is there. */
  enter(key: string, who: Who): ServerFrame {
    let people = this.#rooms.get(key)
    if (people === undefined) {
      people = new Map()
      this.#rooms.set(key, people)
      this.#signals.tell({ kind: 'ask', key })
    }
    const person = this.#person(people, who)
    const wasThere = isThere(person)
    person.here += 1
    if (person.here === 1) this.#signals.tell({ kind: 'here', key, who })
    if (!wasThere) this.#show(key, who, 'online')
    return frameOf(
      key,
      [...people.values()].filter(isThere).map((one) => changeOf(one.who, 'online')),
    )
  }

  /** A socket has left. What is known of a room is dropped with the last. */
  leave(key: string, who: Who): void {
    const people = this.#rooms.get(key)
    const person = people?.get(identityOf(who))
    if (people === undefined || person === undefined || person.here === 0) return
    person.here -= 1
    if (person.here > 0) return
    this.#signals.tell({ kind: 'gone', key, who })
    this.#drop(key, people, person)
    if (![...people.values()].some(({ here }) => here > 0)) this.#rooms.delete(key)
  }

  /** Another instance has somebody. */
  hearHere(key: string, who: Who, from: string): void {
    const people = this.#rooms.get(key)
    if (people === undefined) return
    const person = this.#person(people, who)
    const wasThere = isThere(person)
    person.elsewhere.set(from, this.#now() + this.#lastsMs)
    if (!wasThere) this.#show(key, who, 'online')
  }

  hearGone(key: string, who: Who, from: string): void {
    const people = this.#rooms.get(key)
    const person = people?.get(identityOf(who))
    if (people === undefined || !person?.elsewhere.delete(from)) return
    this.#drop(key, people, person)
  }

  hearAsk(key: string): void {
    for (const { who, here } of this.#rooms.get(key)?.values() ?? []) {
      if (here > 0) this.#signals.tell({ kind: 'here', key, who })
    }
  }

  /** Announces who is here, and forgets who was not announced. */
  beat(): void {
    const now = this.#now()
    for (const [key, people] of this.#rooms) {
      for (const person of people.values()) {
        if (person.here > 0) this.#signals.tell({ kind: 'here', key, who: person.who })
        for (const [from, until] of person.elsewhere) if (until <= now) person.elsewhere.delete(from)
        this.#drop(key, people, person)
      }
    }
  }

  #person(people: Map<string, Person>, who: Who): Person {
    const identity = identityOf(who)
    const person = people.get(identity) ?? { who, here: 0, elsewhere: new Map() }
    people.set(identity, person)
    return person
  }

  #drop(key: string, people: Map<string, Person>, person: Person): void {
    if (isThere(person)) return
    people.delete(identityOf(person.who))
    this.#show(key, person.who, 'offline')
  }

  #show(key: string, who: Who, state: 'online' | 'offline'): void {
    this.#mention(key, frameOf(key, [changeOf(who, state)]), { audience: 'agent', except: identityOf(who) })
  }
}

function isThere({ here, elsewhere }: Person): boolean {
  return here > 0 || elsewhere.size > 0
}

function changeOf({ kind, id }: Who, state: Change['state']): Change {
  return { kind, id, state }
}

function frameOf(key: string, changes: Change[]): ServerFrame {
  return { type: 'presence', room: roomOf(key), changes }
}
