import { wordsOf } from '../../projectors/search/fold.ts'
import type { SuggestionSource } from '../../schemas/suggestion.ts'
import type { Reader } from '../reader.ts'
import { likeness, type Words, weightsOf } from './similarity.ts'

/** A visitor's message of another conversation, and the reply that an agent gave. */
export interface Example extends SuggestionSource {
  answer: string
}

export interface Asked {
  workspaceId: string
  /** Whose own messages are no examples. */
  conversationId: string
  question: string
}

/** Most words of a question that are asked about. */
const mostWords = 40
/** A word in more messages than this is not looked up in the index. */
const common = 5000
/** Of so many of the seldomest words, so many messages each are looked at, and those of so many of the latest conversations. */
const seldomest = 6
const messagesEach = 300
const latest = 200
const readWhole = 100

/** What was answered to the messages most like a question, the most alike first; bounded, whatever the question. */
export async function examplesFor(reader: Reader, asked: Asked): Promise<Example[]> {
  const words = wordsOf(asked.workspaceId, asked.question).slice(0, mostWords)
  if (words.length === 0) return []
  return reader.byIndex(async (careful) => {
    const { counts, texts } = await guessed(careful, words)
    const weights = weightsOf(counts, texts)
    const alike = await candidates(careful, asked, counts)
    const best = alike
      .map((one) => ({ ...one, score: likeness(weights, one.words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, readWhole)
    return answered(careful, asked, best)
  })
}

interface Plan {
  'Plan Rows': number
  Plans?: Plan[]
}

/** How many messages Postgres expects to have each word, and how many there are: from its statistics, without looking. */
async function guessed(reader: Reader, words: Words): Promise<{ counts: Map<number, number>; texts: number }> {
  const branches = words.map((word) => `union all (select 1 from read.search_words where words @> '{${word}}')`)
  const [row] = await reader.rows<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (format json) (select 1 from read.search_words) ${branches.join(' ')}`,
  )
  const [all, ...each] = (row?.['QUERY PLAN'][0].Plan.Plans ?? []).map((plan) => plan['Plan Rows'])
  return { texts: all ?? 0, counts: new Map(words.map((word, index) => [word, each[index] ?? 0])) }
}

interface Candidate {
  conversationId: string
  revision: number
  words: Words
}

async function candidates(reader: Reader, asked: Asked, counts: ReadonlyMap<number, number>): Promise<Candidate[]> {
  const { workspaceId, conversationId } = asked
  const seldom = [...counts].filter(([, count]) => count <= common).sort(([, a], [, b]) => a - b)
  const lookups = seldom.slice(0, seldomest).map(
    ([word]) => `(select conversation_id, revision, words from read.search_words
       where words @> '{${word}}' limit ${messagesEach})`,
  )
  const recent = `(select w.conversation_id, w.revision, w.words
    from (select id from read.conversations where workspace_id = :workspaceId and status = 'closed'
          order by activity_at desc, id desc limit ${latest}) c
    join read.search_words w on w.conversation_id = c.id
    where (w.words && '{${[...counts.keys()].join(',')}}') is true)`
  const rows = await reader.rows<Candidate>(
    `select distinct on (conversation_id, revision) conversation_id as "conversationId", revision, words
     from (${[...lookups, recent].join(' union all ')}) found where conversation_id <> :conversationId`,
    { workspaceId, conversationId },
  )
  return rows
}

/** Those of them that are a visitor's message and were answered by an agent soon after. */
async function answered(
  reader: Reader,
  { workspaceId }: Asked,
  best: readonly (Candidate & { score: number })[],
): Promise<Example[]> {
  if (best.length === 0) return []
  const rows = await reader.rows<Omit<Example, 'score'> & { revision: number }>(
    `select m.conversation_id as "conversationId", m.revision, m.content as question, n.id as "messageId", n.content as answer
     from unnest(:ids::uuid[], :revisions::int[]) as wanted(conversation_id, revision)
     join read.messages m on m.conversation_id = wanted.conversation_id and m.revision = wanted.revision
     join read.threads t on t.conversation_id = m.conversation_id
     join lateral (
       select id, content from read.messages a
       where a.conversation_id = m.conversation_id and a.revision between m.revision + 1 and m.revision + 20
         and a.sender_type = 'agent' and a.content_type = 'text' and a.content <> ''
       order by a.revision limit 1) n on true
     where m.sender_type = 'visitor' and t.workspace_id = :workspaceId`,
    {
      workspaceId,
      ids: `{${best.map(({ conversationId }) => conversationId).join(',')}}`,
      revisions: `{${best.map(({ revision }) => revision).join(',')}}`,
    },
  )
  const known = new Map(rows.map((row) => [`${row.conversationId} ${row.revision}`, row]))
  return best.flatMap(({ conversationId, revision, score }) => {
    const row = known.get(`${conversationId} ${revision}`)
    if (row === undefined) return []
    const { messageId, question, answer } = row
    return [{ conversationId, messageId, question, answer, score: Math.round(score * 1000) / 1000 }]
  })
}
