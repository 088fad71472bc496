import type { ServerFrame, Who } from '../schemas/realtime/frames.ts'
import type { Audience } from './sighting.ts'

/** Shows a frame that has no place in the log to the members of a room here. */
export type Mention = (key: string, frame: ServerFrame, to: { audience?: Audience; except?: string }) => void

/** One person, however many sockets he has. */
export function identityOf({ kind, id }: Who): string {
  return `${kind}:${id}`
}

/** A room's key is its workspace and its name. */
export function roomOf(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}
