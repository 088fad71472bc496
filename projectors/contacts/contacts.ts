import { add, drop, folding, type Op, part, put } from '../projection.ts'
import { table } from '../table.ts'
import { type ContactRow, foldContact, termsOf } from './fold.ts'

const contacts = table<ContactRow>({
  name: 'contacts',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    visitorId: 'text',
    name: 'text?',
    email: 'text?',
    phone: 'text?',
    attributes: 'json',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    erasedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'], where: 'erased_at is null' }],
  personal: ['name', 'email', 'phone'],
})

/** A row for each term of each contact that is listed: a search reads a stretch of its index, of which the end can be set. */
type TermRow = {
  readonly contactId: string
  readonly term: string
  readonly workspaceId: string
  readonly createdAt: string
}

const terms = table<TermRow>({
  name: 'contact_terms',
  columns: { contactId: 'uuid', term: 'text', workspaceId: 'uuid', createdAt: 'timestamptz' },
  key: ['contactId', 'term'],
  indexes: [{ columns: ['workspace_id', 'term text_pattern_ops', 'created_at', 'contact_id'] }],
  personal: ['term'],
})

/** How many contacts a workspace lists. */
type CountRow = { readonly workspaceId: string; readonly n: number }

const counts = table<CountRow>({
  name: 'contact_counts',
  columns: { workspaceId: 'uuid', n: 'bigint' },
  key: ['workspaceId'],
  sums: ['n'],
})

const fold = folding(foldContact)

export const contactTables = [contacts, terms, counts]

/** The people whom a workspace knows. */
export const contactPart = part<ContactRow>({
  noun: 'contact',
  state: contacts,
  changes: {
    ContactCreated: fold,
    ContactUpdated: fold,
    DeviceRegistered: fold,
    DeviceDropped: fold,
    ContactErased: fold,
  },
  settle: (before, after) => [...termOps(before, after), ...countOps(before, after)],
})

function termOps(before: ContactRow | undefined, after: ContactRow): Op[] {
  const known = new Set(before === undefined ? [] : termsOf(before))
  const wanted = new Set(termsOf(after))
  const { id: contactId, workspaceId, createdAt } = after
  return [
    ...[...known].filter((term) => !wanted.has(term)).map((term) => drop(terms, { contactId, term })),
    ...[...wanted]
      .filter((term) => !known.has(term))
      .map((term) => put(terms, { contactId, term, workspaceId, createdAt })),
  ]
}

function countOps(before: ContactRow | undefined, after: ContactRow): Op[] {
  const listed = (row: ContactRow | undefined) => (row === undefined || row.erasedAt !== null ? 0 : 1)
  const n = listed(after) - listed(before)
  return n === 0 ? [] : [add(counts, { workspaceId: after.workspaceId, n })]
}
