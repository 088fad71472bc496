import { wantedTerms } from '../../projectors/contacts/fold.ts'
import { wordsOf } from '../../projectors/search/fold.ts'

/** How far a search goes. */
export interface Bounds {
  /** More conversations than this are not gathered from an index: what is found so often is common. */
  gathered: number
  /** More contacts than this are not gathered by the beginning of a term. */
  contacts: number
  /** How many conversations of a list are looked at: a few, in which most pages fill, and then many. */
  few: number
  many: number
}

export const usualBounds: Bounds = { gathered: 10_000, contacts: 50_000, few: 200, many: 2000 }

/** What somebody looks for: a conversation with any of these. */
export interface Sought {
  /** An array of Postgres: of one message or note, all of these (projectors/search/fold.ts). Undefined: no word was given. */
  words: string | undefined
  /** How the visitor id begins: a pattern of LIKE. */
  visitor: string
  /** How terms of the contact begin, each of them (projectors/contacts/fold.ts): patterns of LIKE. */
  terms: readonly string[]
}

export function soughtBy(search: string, workspaceId: string): Sought {
  const words = wordsOf(workspaceId, search)
  return {
    words: words.length === 0 ? undefined : `{${words.join(',')}}`,
    visitor: beginning(search),
    terms: wantedTerms(search).map(beginning),
  }
}

const beginning = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`
