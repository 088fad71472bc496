import type { ServerFrame } from '../schemas/realtime/frames.ts'
import type { Member } from './member.ts'
import type { Audience, Sighting } from './sighting.ts'

/** The members of one room on this instance. */
export class Room<Place> {
  readonly #members = new Set<Member<Place>>()

  get size(): number {
    return this.#members.size
  }

  add(member: Member<Place>): void {
    this.#members.add(member)
  }

  delete(member: Member<Place>): void {
    this.#members.delete(member)
  }

  publish(sighting: Sighting<Place>): void {
    for (const member of this.#members) member.offer(sighting)
  }

  /** A frame without a place (typing, presence): to the live members of an audience, but not to the one whom it is about. */
  mention(frame: ServerFrame, to: { audience?: Audience; except?: string }): void {
    for (const member of this.#members) {
      if (!member.isLive || member.identity === to.except) continue
      if (to.audience === undefined || member.audience === to.audience) member.peer.deliver(frame)
    }
  }

  has(identity: string): boolean {
    for (const member of this.#members) if (member.identity === identity) return true
    return false
  }

  /** Whether the visitor is here. */
  get isVisited(): boolean {
    for (const member of this.#members) if (member.audience === 'visitor') return true
    return false
  }
}

/** The rooms of one kind that have members here, by a key that names the workspace. */
export class Rooms<Place> {
  readonly #rooms = new Map<string, Room<Place>>()

  get size(): number {
    return this.#rooms.size
  }

  get(key: string): Room<Place> | undefined {
    return this.#rooms.get(key)
  }

  enter(key: string, member: Member<Place>): void {
    const room = this.#rooms.get(key) ?? new Room<Place>()
    this.#rooms.set(key, room)
    room.add(member)
  }

  leave(key: string, member: Member<Place>): void {
    const room = this.#rooms.get(key)
    if (room === undefined) return
    room.delete(member)
    if (room.size === 0) this.#rooms.delete(key)
  }

  /** Publishes to the room, if it has members; the sighting is not even made when it has none. */
  publish(key: string, make: () => Sighting<Place>): void {
    this.#rooms.get(key)?.publish(make())
  }

  /** For an event whose workspace cannot be read. Looks at every room. */
  publishByName(name: string, make: () => Sighting<Place>): void {
    for (const [key, room] of this.#rooms) if (key.endsWith(`/${name}`)) room.publish(make())
  }
}

/** Rooms of two workspaces never meet, even if somebody knows a name in the other. */
export function roomKey(workspaceId: string, name: string): string {
  return `${workspaceId}/${name}`
}
