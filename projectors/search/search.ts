import { conversationIdOf } from '../messages/fold.ts'
import { type Projection, part, put, setAll } from '../projection.ts'
import { table } from '../table.ts'
import { wordsOf } from './fold.ts'

type ThreadRow = { readonly conversationId: string; readonly workspaceId: string }

const threads = table<ThreadRow>({
  name: 'search_threads',
  columns: { conversationId: 'uuid', workspaceId: 'uuid' },
  key: ['conversationId'],
})

type WordsRow = { readonly conversationId: string; readonly revision: number; readonly words: readonly number[] }

/**
 * The words of each message and note. New words wait in a list of the index that a search reads through, and are put in their places by
 * the thousand: that makes them four times cheaper.
 */
const words = table<WordsRow>({
  name: 'search_words',
  columns: { conversationId: 'uuid', revision: 'integer', words: 'integer[]' },
  key: ['conversationId', 'revision'],
  indexes: [{ columns: ['words'], using: 'gin', options: 'gin_pending_list_limit = 1024' }],
  // So that a search knows beforehand which words are common. What Postgres keeps of them are numbers, and of the commonest.
  sampled: [{ column: 'words', target: 500 }],
})

/** What conversations are found by (docs/decisions/search.md). */
export const search: Projection = {
  name: 'search',
  version: 1,
  tables: [threads, words],
  parts: [
    part<ThreadRow>({
      noun: 'conversation',
      state: threads,
      changes: {
        ConversationStarted: (row, { data, meta }) => ({
          row: row ?? { conversationId: data.conversationId, workspaceId: meta.workspaceId },
        }),
        MessageSent: said,
        NoteAdded: said,
        ConversationErased: (row, event) => ({
          row: there(row, event),
          ops: [setAll(words, { conversationId: conversationIdOf(event) }, { words: [] })],
        }),
      },
    }),
  ],
}

function said(
  row: ThreadRow | undefined,
  event: { type: string; stream: string; revision: number; data: { content: string } },
) {
  const { conversationId, workspaceId } = there(row, event)
  const { revision, data } = event
  return {
    row: there(row, event),
    ops: [put(words, { conversationId, revision, words: wordsOf(workspaceId, data.content) })],
  }
}

function there(row: ThreadRow | undefined, { type, stream }: { type: string; stream: string }): ThreadRow {
  if (row === undefined) throw new Error(`${type} of ${stream}, which never started`)
  return row
}
