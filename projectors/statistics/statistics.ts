import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { blockSize, classOf } from '../../schemas/duration-scale.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { add, type Change, type Op, type Projection, part, put } from '../projection.ts'
import { type Counted, dayOf, foldSession, quarterOf, type SessionRow } from './fold.ts'
import {
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
  if (counted === undefined) return { row }
  const ops: Op[] = []
  const quarter = quarterOf(counted.at)
  addSums(ops, row, quarter, counted)
  if (event.type === 'MessageSent') ops.push(talkOp(row, quarter, counted))
  if (event.type !== 'MessageSent' || counted.by.firstResponses === 1) addSamples(ops, row, quarter, counted, event)
  if (counted.by.opened === 1) addOpening(ops, row, before === undefined)
  return { row, ops }
}

/** The channel, the workspace and its totals are fed by the source. */
function addSums(ops: Op[], row: SessionRow, quarter: number, { by, agentId, tags }: Counted): void {
  const { workspaceId, channel, sourceId } = row
  ops.push(add(quarters, { workspaceId, dimension: 'source', quarter, key: `${channel}/${sourceId}` }, by))
  if (agentId !== null) ops.push(add(quarters, { workspaceId, dimension: 'agent', quarter, key: agentId }, by))
  for (const tag of tags) ops.push(add(quarters, { workspaceId, dimension: 'tag', quarter, key: tag }, by))
}

function talkOp(row: SessionRow, quarter: number, { agentId }: Counted): Op {
  const { workspaceId, conversationId, channel } = row
  return add(talk, { workspaceId, quarter, conversationId, agentId: agentId ?? '', channel, messages: 1 })
}

function addSamples(ops: Op[], row: SessionRow, quarter: number, { at, by, agentId }: Counted, event: Past): void {
  const { workspaceId, conversationId, sessionId, channel } = row
  const sample = (figure: Figure, value: number | null) => {
    const facts = { workspaceId, figure, at, eventId: event.id, conversationId, sessionId, agentId, channel, value }
    ops.push(put(samples, facts))
  }
  const duration = (figure: Timed, ms: number) => {
    sample(figure, ms)
    ops.push(classOp(workspaceId, figure, quarter, ms))
  }
  if (by.opened === 1) sample('started', null)
  if (by.durationMs !== undefined) duration('resolved', by.durationMs)
  if (by.firstResponseMs !== undefined) duration('firstResponse', by.firstResponseMs)
  if (event.type === 'ConversationRated') sample('rating', event.data.score)
}

function classOp(workspaceId: string, figure: Timed, quarter: number, ms: number): Op {
  const index = classOf(ms)
  const place = { workspaceId, figure, day: dayOf(quarter), block: Math.floor(index / blockSize) }
  return add(histograms, { ...place, [`n${index % blockSize}`]: 1 })
}

function addOpening(ops: Op[], { workspaceId, sourceId, openedAt }: SessionRow, first: boolean): void {
  const conversations = first ? 1 : 0
  ops.push(add(sources, { workspaceId, sourceId, conversations, sessions: 1, lastOpenedAt: openedAt }))
  if (first) ops.push(add(totals, { workspaceId, conversations: 1 }))
}

/** The figures of DESIGN.md section 9, summed up as they happen. */
export const statistics: Projection = {
  name: 'statistics',
  version: 3,
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
        ConversationFlowEnded: change,
        ConversationTagged: change,
        ConversationUntagged: change,
        ConversationRated: change,
        MessageSent: change,
      },
    }),
  ],
}
