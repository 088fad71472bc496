import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { blockSize, classOf } from '../../schemas/duration-scale.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { add, type Change, type Op, type Projection, part, put } from '../projection.ts'
import { type Counted, dayOf, foldSession, quarterOf, type SessionRow } from './fold.ts'
import {
  type Dimension,
  days,
  type Figure,
  histograms,
  quarters,
  samples,
  sessions,
  sources,
  type Timed,
  talk,
  totals,
} from './tables.ts'

type Past = RecordedEach<ConversationEvent>

const change = (before: SessionRow | undefined, event: Past): Change<SessionRow> => {
  const { row, counted } = foldSession(before, event)
  const ops: Op[] = []
  if (counted !== undefined) {
    addSums(ops, row, counted)
    addSamples(ops, row, counted, event)
    if (counted.by.opened === 1) ops.push(sourceOp(row, before === undefined))
  }
  addTotals(ops, before, row, event)
  return { row, ops }
}

/** The channel and the workspace are fed by the source. */
function addSums(ops: Op[], { workspaceId, channel, sourceId }: SessionRow, counted: Counted): void {
  const { at, by, agentId, tags } = counted
  const quarter = quarterOf(at)
  const count = (dimension: Dimension, key: string) => {
    ops.push(add(quarters, { workspaceId, dimension, quarter, key }, by))
  }
  count('source', `${channel}/${sourceId}`)
  if (agentId !== null) count('agent', agentId)
  for (const tag of tags) count('tag', tag)
}

function addSamples(ops: Op[], row: SessionRow, { at, by, agentId }: Counted, event: Past): void {
  const { workspaceId, conversationId, sessionId, channel } = row
  const sample = (figure: Figure, value: number | null) => {
    const facts = { workspaceId, figure, at, eventId: event.id, conversationId, sessionId, agentId, channel, value }
    ops.push(put(samples, facts))
  }
  const duration = (figure: Timed, ms: number) => {
    sample(figure, ms)
    ops.push(classOp(workspaceId, figure, at, ms))
  }
  if (by.opened === 1) sample('started', null)
  if (by.durationMs !== undefined) duration('resolved', by.durationMs)
  if (by.firstResponseMs !== undefined) duration('firstResponse', by.firstResponseMs)
  if (event.type === 'ConversationRated') sample('rating', event.data.score)
  if (event.type === 'MessageSent') {
    const place = { workspaceId, quarter: quarterOf(at), conversationId, agentId: agentId ?? '', channel }
    ops.push(add(talk, { ...place, messages: 1 }))
  }
}

function classOp(workspaceId: string, figure: Timed, at: string, ms: number): Op {
  const index = classOf(ms)
  const place = { workspaceId, figure, day: dayOf(quarterOf(at)), block: Math.floor(index / blockSize) }
  return add(histograms, { ...place, [`n${index % blockSize}`]: 1 })
}

function sourceOp({ workspaceId, sourceId, openedAt }: SessionRow, first: boolean): Op {
  return add(sources, { workspaceId, sourceId, conversations: first ? 1 : 0, sessions: 1, lastOpenedAt: openedAt })
}

function addTotals(ops: Op[], before: SessionRow | undefined, after: SessionRow, { type }: Past): void {
  const { workspaceId } = after
  const conversations = before === undefined ? 1 : 0
  const opened = before?.sessionId === after.sessionId ? 0 : 1
  const active = activeOf(after) - activeOf(before)
  const messages = type === 'MessageSent' ? 1 : 0
  if (conversations + opened + messages === 0 && active === 0) return
  ops.push(add(totals, { workspaceId, conversations, sessions: opened, active, messages }))
}

const activeOf = (row: SessionRow | undefined) => (row === undefined || row.status === 'closed' ? 0 : 1)

/** The figures of DESIGN.md section 9, summed up as they happen. */
export const statistics: Projection = {
  name: 'statistics',
  version: 2,
  tables: [sessions, samples, talk, histograms, quarters, days, sources, totals],
  parts: [
    part<SessionRow>({
      noun: 'conversation',
      state: sessions,
      changes: {
        ConversationStarted: change,
        ConversationReopened: change,
        ConversationParked: change,
        ConversationResumed: change,
        ConversationClosed: change,
        ConversationAssigned: change,
        ConversationUnassigned: change,
        ConversationTagged: change,
        ConversationUntagged: change,
        ConversationRated: change,
        MessageSent: change,
      },
    }),
  ],
}
