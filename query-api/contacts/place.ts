/** A place in the list of contacts: the newest first, then by id. */
export type Place = { createdAt: string; id: string }

/** SQL, of what follows a place in the list; its fields are the bindings. */
export function following(after: Place | undefined): string {
  return after === undefined ? 'true' : '(created_at, id) < (cast(:createdAt as timestamptz), cast(:id as uuid))'
}
