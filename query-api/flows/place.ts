import { isCount, isId, isTime } from '../cursor-parts.ts'

/** A place in a list by time and id, which goes in either direction. */
export type Place = { at: string; id: string }

export function placeOf([at, id]: readonly unknown[]): Place | undefined {
  return isTime(at) && isId(id) ? { at, id } : undefined
}

/** A place among the nodes or edges of all flows: the flow, and how many of them come before. */
export type ElementPlace = Place & { n: number }

export function elementPlaceOf([at, id, n]: readonly unknown[]): ElementPlace | undefined {
  const place = placeOf([at, id])
  return place !== undefined && isCount(n) ? { ...place, n } : undefined
}
