import { createHash, type Hash } from 'node:crypto'
import type { Api } from './api.ts'
import { timesOf } from './clock.ts'
import { type Transcript, transcriptsOf } from './transcripts.ts'

export interface ImportPlan {
  file: string
  widgetId: string
  agentId: string
  since: Date
  concurrency: number
  /** Imports under another name: the same file again, as other conversations. */
  label?: string | undefined
  /** Most conversations to import; all where absent. */
  limit?: number | undefined
}

/** What was acknowledged of one conversation: enough to compare it with what the API gives back. */
export interface Acknowledged {
  transcriptId: string
  conversationId: string
  messages: number
  /** SHA-256 over sender and text of each message, in order. */
  digest: string
}

export interface Imported {
  conversations: Acknowledged[]
  messages: number
  /** Position of the latest acknowledged event. */
  position: string | undefined
}

export interface Watch {
  started?(conversationId: string): void
  message(): void
}

/** Imports a file: many conversations at once, each in order. The first refusal ends it. */
export async function importFile(api: Api, plan: ImportPlan, watch: Watch): Promise<Imported> {
  const imported: Imported = { conversations: [], messages: 0, position: undefined }
  const transcripts = transcriptsOf(plan.file)[Symbol.asyncIterator]()
  let failed = false
  // One line is read at a time: the iterator of a file must not be asked twice at once.
  let turn: Promise<unknown> = Promise.resolve()
  const next = () => {
    const mine = turn.then(() => transcripts.next())
    turn = Promise.allSettled([mine])
    return mine
  }
  const work = async () => {
    while (!failed) {
      const { value, done } = await next()
      if (done || (plan.limit !== undefined && value.index >= plan.limit)) return
      const acknowledged = await importOne(api, plan, value.index, value.transcript, {
        started: (id) => watch.started?.(id),
        sent(position) {
          imported.messages++
          imported.position = later(imported.position, position)
          watch.message()
        },
      })
      imported.conversations.push(acknowledged)
    }
  }
  const workers = Array.from({ length: plan.concurrency }, () =>
    work().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const outcomes = await Promise.allSettled(workers)
  await transcripts.return?.()
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure) throw failure.reason
  return imported
}

async function importOne(
  api: Api,
  { widgetId, agentId, since, label = 'transcript' }: ImportPlan,
  index: number,
  transcript: Transcript,
  acknowledged: { started(conversationId: string): void; sent(position: string | undefined): void },
): Promise<Acknowledged> {
  const key = `${label}/${transcript.id}`
  const times = timesOf(transcript, index, since)
  const started = await api.post(
    '/api/conversations',
    {
      widgetId,
      visitorId: `${label}-${transcript.id}`,
      metadata: { source: 'transcript', transcript: transcript.id, topics: transcript.topics ?? [] },
      occurredAt: times.started,
    },
    key,
  )
  const conversationId = idOf(started.body)
  acknowledged.started(conversationId)
  const digest = createHash('sha256')
  for (const [n, { from, text }] of transcript.turns.entries()) {
    const sender = from === 'agent' ? { senderType: 'agent', senderId: agentId } : { senderType: 'visitor' }
    const sent = await api.post(
      `/api/conversations/${conversationId}/messages`,
      { content: text, ...sender, occurredAt: times.turns[n] },
      `${key}/${n}`,
    )
    addTo(digest, from, text)
    acknowledged.sent(sent.position)
  }
  return {
    transcriptId: transcript.id,
    conversationId,
    messages: transcript.turns.length,
    digest: digest.digest('hex'),
  }
}

export function addTo(digest: Hash, from: string, text: string): void {
  digest.update(`${from}\0${text}\0`)
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const [commitOfA = '0', commitOfB = '0'] = [a.split('/')[0], b.split('/')[0]]
  return BigInt(commitOfA) > BigInt(commitOfB) ? a : b
}

function idOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string') return body.id
  throw new Error('The API answered a conversation without an id')
}
