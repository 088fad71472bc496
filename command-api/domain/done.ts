import type { Happened } from '../../schemas/define.ts'

/** A command that was carried out: a repeat answers what it answered. */
export interface Done {
  request: string
  /** Revisions of its first and last event. */
  first: number
  last: number
}

/** Most commands that a state remembers; the oldest is forgotten first. */
const limit = 10_000

/** Notes the command behind an event, where its caller gave an idempotency key: only such a command can come again. */
export function remember(done: Map<string, Done>, at: Happened): Map<string, Done> {
  if (at.request === undefined) return done
  const known = done.get(at.commandId)
  done.set(at.commandId, { request: at.request, first: known?.first ?? at.revision, last: at.revision })
  if (done.size > limit) {
    const oldest = done.keys().next()
    if (!oldest.done) done.delete(oldest.value)
  }
  return done
}
