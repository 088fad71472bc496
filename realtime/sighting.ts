import { comparePositions, formatPosition, type LogPosition, type Recorded } from '../schemas/envelope.ts'
import type { RoomName, ServerFrame } from '../schemas/realtime/frames.ts'
import { parseStream } from '../schemas/streams.ts'
import { agentView, queueView, visitorView } from './visibility.ts'

export type Audience = 'agent' | 'visitor'

/** An event at its place in a room, with the frame that each audience gets; undefined for an audience that may not see it. */
export interface Sighting<Place> {
  readonly place: Place
  frameFor(audience: Audience): ServerFrame | undefined
}

/** How the places of a room are ordered. */
export interface Order<Place> {
  isAfter(a: Place, b: Place): boolean
  /** Whether nothing can lie between them. */
  isNext(place: Place, before: Place): boolean
}

/** Revisions of a stream are dense. */
export const byRevision: Order<number> = {
  isAfter: (a, b) => a > b,
  isNext: (place, before) => place === before + 1,
}

/** Positions in the log are not dense; the log is read in order, so that whatever comes is next. */
export const byPosition: Order<LogPosition> = {
  isAfter: (a, b) => comparePositions(a, b) > 0,
  isNext: () => true,
}

/** An event in its conversation's room. */
export function inConversation(recorded: Recorded): Sighting<number> {
  const room: RoomName = `conversation:${conversationOf(recorded)}`
  const { revision } = recorded
  return {
    place: revision,
    frameFor: once((audience) => {
      const event = audience === 'agent' ? agentView(recorded) : visitorView(recorded)
      return event && { type: 'event', room, revision, event }
    }),
  }
}

/** The same event in the queue of its workspace; agents only. */
export function inQueue(recorded: Recorded): Sighting<LogPosition> {
  const { revision, position } = recorded
  return {
    place: position,
    frameFor: once((audience) =>
      audience === 'visitor'
        ? undefined
        : {
            type: 'event',
            room: 'inbox',
            position: formatPosition(position),
            conversationId: conversationOf(recorded),
            revision,
            event: queueView(recorded),
          },
    ),
  }
}

/** A place that nobody may see anything of: an event that cannot be decoded. */
export function withheld<Place>(place: Place): Sighting<Place> {
  return { place, frameFor: () => undefined }
}

function conversationOf({ stream }: Recorded): string {
  return parseStream(stream)?.id ?? ''
}

/** The frame of an audience is made when the first of it is there, and is the same object for all. */
function once(make: (audience: Audience) => ServerFrame | undefined): (audience: Audience) => ServerFrame | undefined {
  const made = new Map<Audience, ServerFrame | undefined>()
  return (audience) => {
    if (!made.has(audience)) made.set(audience, make(audience))
    return made.get(audience)
  }
}
