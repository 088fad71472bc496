import { utc } from '../../schemas/event-time.ts'

/** A place in a list by time and id, which goes in either direction. */
export type Place = { at: string; id: string }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function placeOf([at, id]: readonly unknown[]): Place | undefined {
  if (typeof at !== 'string' || typeof id !== 'string' || !uuid.test(id)) return undefined
  return Number.isNaN(Date.parse(at)) ? undefined : { at: utc(at), id }
}

/** A place among the nodes or edges of all flows: the flow, and how many of them come before. */
export type ElementPlace = Place & { n: number }

export function elementPlaceOf([at, id, n]: readonly unknown[]): ElementPlace | undefined {
  const place = placeOf([at, id])
  return place !== undefined && typeof n === 'number' && Number.isSafeInteger(n) ? { ...place, n } : undefined
}
