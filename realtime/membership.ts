import { formatPosition, type LogPosition, parsePosition } from '../schemas/envelope.ts'
import type { RoomName } from '../schemas/realtime/frames.ts'
import { streamOf } from '../schemas/streams.ts'
import { type Grant, Refusal } from './access.ts'
import type { Core } from './core.ts'
import { Member } from './member.ts'
import { identityOf } from './mention.ts'
import type { Peer } from './peer.ts'
import { bringUpToDate, conversationSource, goOn, queueSource, type Source } from './resume.ts'
import type { Rooms } from './rooms.ts'
import { byPosition, byRevision, type Order } from './sighting.ts'

export type After = number | string | undefined

/** A session in a room, from the moment it is registered there. */
export interface Membership {
  readonly grant: Grant
  /** Registers at once, then says `joined`, sends what was missed, and says `live`. Throws Refusal, TooFarBehind or LogUnavailable. */
  settle(ref: unknown): Promise<void>
  /** Leaves the room; nothing of it is delivered afterwards. */
  end(): void
}

export interface MembershipOptions {
  core: Core
  peer: Peer
  grant: Grant
  after: After
  /** It could not be kept up to date. */
  onFailure: (error: unknown) => void
}

/** Enters a room. Must be called in the same turn in which the grant was given, so that no change of it is missed. */
export function enter(options: MembershipOptions): Membership {
  const { core, grant, after } = options
  const { room, key, workspaceId } = grant
  if (room.kind === 'conversation') {
    const stream = streamOf('conversation', room.id)
    return open(options, {
      rooms: core.conversations,
      order: byRevision,
      after: demandRevision(after),
      due: core.brought.get(key),
      source: conversationSource(core.log, core.gate, stream),
      present: async () =>
        core.brought.get(key) ?? (await core.gate.run(() => core.log.readLast(stream)))?.revision ?? -1,
      nothing: -1,
      located: (revision) => ({ room: room.name, revision }),
    })
  }
  if (room.kind === 'presence') {
    return open(options, {
      rooms: core.watches,
      order: byRevision,
      after: undefined,
      due: undefined,
      source: nothingMissed,
      present: () => 0,
      nothing: 0,
      located: () => ({ room: room.name }),
    })
  }
  return open(options, {
    rooms: core.inboxes,
    order: byPosition,
    after: demandPosition(after),
    due: undefined,
    source: queueSource(core.log, workspaceId, () => core.feed.position, core.limits.inboxResume),
    // What the feed has brought is past, and what it will bring is kept.
    present: () => core.feed.position,
    nothing: core.feed.position,
    located: (position) => ({ room: room.name, position: formatPosition(position) }),
  })
}

/** A room, and a place in it as frames name it; nothing in `presence` is kept, so that it has no places. */
type Located = { room: RoomName; revision: number } | { room: 'inbox'; position: string } | { room: 'presence' }

interface Kind<Place> {
  rooms: Rooms<Place>
  order: Order<Place>
  /** Undefined: only what comes. */
  after: Place | undefined
  /** What the feed has brought already. */
  due: Place | undefined
  source: Source<Place>
  present: () => Promise<Place> | Place
  /** A place before all that may come. */
  nothing: Place
  located: (place: Place) => Located
}

function open<Place>({ core, peer, grant, onFailure }: MembershipOptions, kind: Kind<Place>): Membership {
  const { rooms, order, after, due, source, present, nothing, located } = kind
  const { key, who, audience } = grant
  const member: Member<Place> = new Member({
    peer,
    audience,
    identity: identityOf(who),
    order,
    after: after ?? nothing,
    due,
    onBehind: (why) => {
      core.meters.fallenBehind.inc({ why })
      goOn(member, source).catch(onFailure)
    },
  })
  let isPresent = false
  rooms.enter(key, member)

  return {
    grant,
    async settle(ref) {
      if (after === undefined) member.startAt(await present())
      if (member.isGone) return
      peer.deliver({ type: 'joined', ...located(member.sent), ...(ref === undefined ? {} : { ref }) })
      if (after !== undefined || !member.goLive()) await bringUpToDate(member, source)
      if (member.isGone) return
      peer.deliver({ type: 'live', ...located(member.sent) })
      const others = core.presence.enter(key, who)
      isPresent = true
      if (audience === 'agent') peer.deliver(others)
    },
    end() {
      if (member.isGone) return
      member.dismiss()
      rooms.leave(key, member)
      core.typing.say(key, who, 'stopped')
      if (isPresent) core.presence.leave(key, who)
    },
  }
}

async function* nothingMissed(): AsyncIterable<never> {
  // Presence is of the moment.
}

function demandRevision(after: After): number | undefined {
  if (typeof after !== 'string') return after
  throw new Refusal('validation', 'after must be a revision: a whole number, from -1.')
}

function demandPosition(after: After): LogPosition | undefined {
  if (after === undefined) return undefined
  const position = typeof after === 'string' ? parsePosition(after) : undefined
  if (position === undefined)
    throw new Refusal('validation', 'after must be a position of the inbox: <commit>/<prepare>.')
  return position
}
