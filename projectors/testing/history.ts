import { createHash } from 'node:crypto'
import type { ParleyEvent } from '../../schemas/catalog.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'

/** A stream of valid events, with the times at which they were appended. */
export interface History {
  stream: string
  key: string | undefined
  workspaceId: string
  events: { event: ParleyEvent; at: string }[]
}

/** What happens next in a made conversation; the numbers choose among what is allowed. */
export type Step =
  | { do: 'message'; by: 'visitor' | 'agent' | 'ai' | 'bot' | 'system'; words: string }
  | { do: 'read' | 'park' | 'close' | 'assign' | 'unassign' | 'note' | 'rate' | 'erase' | 'deliver' | 'handOver' }
  | { do: 'tag' | 'untag'; tag: string }

export interface Plot {
  seed: string
  workspace: number
  startedBy: 'visitor' | 'agent'
  steps: { step: Step; afterMs: number }[]
}

export const firstInstant = Date.parse('2026-03-28T20:00:00.000Z')

export function uuid(...parts: (string | number)[]): string {
  const hex = createHash('sha256').update(parts.join('/')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Makes of a plot what the domain would have let happen: steps that are not allowed are left out. */
export function historyOf({ seed, workspace, startedBy, steps }: Plot): History {
  const workspaceId = uuid('workspace', workspace)
  const conversationId = uuid(seed, 'conversation')
  const contactId = uuid(seed, 'contact')
  let sessionId = uuid(seed, 'session', 0)
  let status: 'open' | 'pending' | 'closed' = 'open'
  let agentId: string | null = null
  let tags: string[] = []
  let unread: { id: string; visitor: boolean }[] = []
  let ratedSession = ''
  let now = firstInstant
  const events: History['events'] = []
  const say = (event: ConversationEvent) => events.push({ event, at: new Date(now).toISOString() })

  const wake = (by: 'visitor' | 'agent') => {
    sessionId = uuid(seed, 'session', events.length)
    status = 'open'
    agentId = null
    say({ type: 'ConversationReopened', data: { sessionId, startedBy: by } })
  }

  say({
    type: 'ConversationStarted',
    data: {
      conversationId,
      sessionId,
      contactId,
      visitorId: `visitor-${seed}`,
      widgetId: workspace % 2 === 0 ? uuid('widget', workspace) : null,
      channel: 'widget',
      startedBy,
      metadata: { page: '/pricing', 'a "quoted" key': ['\\', null, 1.5] },
    },
  })
  let erased = false
  for (const [index, { step, afterMs }] of steps.entries()) {
    now += afterMs
    // Nobody can write to an erased contact: there is no key to seal it with.
    if (erased && (step.do === 'message' || step.do === 'note')) continue
    switch (step.do) {
      case 'message': {
        const { by } = step
        if (status === 'closed') {
          if (by !== 'visitor' && by !== 'agent') break
          wake(by)
        } else if (status === 'pending' && by === 'visitor') {
          status = 'open'
          say({ type: 'ConversationResumed', data: { sessionId } })
        }
        const messageId = uuid(seed, 'message', index)
        const rich = index % 7 === 3 ? { richMedia: { url: 'https://example.com/a.png', alt: '{"},' } } : {}
        const occurred = index % 11 === 5 ? { occurredAt: new Date(now - 3_600_000).toISOString() } : {}
        say({
          type: 'MessageSent',
          data: {
            messageId,
            sessionId,
            senderType: by,
            senderId: by === 'agent' ? uuid('agent', index % 3) : `sender ${by}`,
            contentType: 'text',
            content: step.words,
            ...rich,
            ...occurred,
          },
        })
        unread.push({ id: messageId, visitor: by === 'visitor' })
        break
      }
      case 'read': {
        if (unread.length === 0) break
        const messageIds = unread.map(({ id }) => id)
        unread = []
        say({ type: 'MessagesRead', data: { messageIds, side: 'agent', readerId: uuid('agent', 0), unreadCount: 0 } })
        break
      }
      case 'deliver': {
        const last = unread.findLast(({ visitor }) => !visitor)
        if (last === undefined || erased) break
        const { id: messageId } = last
        const externalId = `wamid.${index}`
        say({ type: 'MessageRelayed', data: { messageId, channel: 'whatsapp', externalId, part: 1 + (index % 2) } })
        if (index % 3 === 0) {
          say({ type: 'MessageUndeliverable', data: { messageId, code: '131047', why: 'a "reason", {so} to say' } })
        } else {
          const status = index % 3 === 1 ? 'delivered' : 'read'
          say({ type: 'MessageDelivered', data: { messageId, status, at: new Date(now - 1000).toISOString() } })
        }
        break
      }
      case 'park':
        if (status !== 'open') break
        status = 'pending'
        say({ type: 'ConversationParked', data: { sessionId } })
        break
      case 'close':
        if (status === 'closed') break
        status = 'closed'
        say({ type: 'ConversationClosed', data: { sessionId } })
        break
      case 'assign':
        if (status === 'closed') break
        agentId = uuid('agent', index % 3)
        say({ type: 'ConversationAssigned', data: { agentId, sessionId } })
        break
      case 'unassign':
        if (agentId === null || status === 'closed') break
        say({ type: 'ConversationUnassigned', data: { agentId, sessionId } })
        agentId = null
        break
      case 'tag':
        if (tags.includes(step.tag)) break
        tags = [...tags, step.tag]
        say({ type: 'ConversationTagged', data: { tag: step.tag } })
        break
      case 'untag':
        if (!tags.includes(step.tag)) break
        tags = tags.filter((tag) => tag !== step.tag)
        say({ type: 'ConversationUntagged', data: { tag: step.tag } })
        break
      case 'handOver': {
        if (status === 'closed') break
        const run = { runId: uuid(seed, 'run', index), flowId: uuid('flow', 0), sessionId }
        const began = { startedBy: 'api', starterId: null, depth: 1 } as const
        say({ type: 'ConversationFlowStarted', data: { ...run, ...began, version: 1 } })
        say({ type: 'ConversationFlowEnded', data: { ...run, outcome: 'handed_over' } })
        break
      }
      case 'note': {
        const noteId = uuid(seed, 'note', index)
        say({
          type: 'NoteAdded',
          data: { noteId, sessionId, agentId: uuid('agent', 1), content: 'a "note", {so} to say' },
        })
        break
      }
      case 'rate':
        if (ratedSession === sessionId) break
        ratedSession = sessionId
        say({ type: 'ConversationRated', data: { sessionId, score: 1 + (index % 5) } })
        break
      case 'erase':
        if (erased) break
        erased = true
        say({ type: 'ConversationErased', data: { contactId } })
        break
      default:
        step satisfies never
    }
  }
  return { stream: `conversation-${conversationId}`, key: contactId, workspaceId, events }
}

/** A log of many conversations of some `length`, as like real ones as it needs to be to measure with. */
export function bulk(count: number, length: number, prefix = 'bulk'): History[] {
  return Array.from({ length: count }, (_, index) => {
    const steps: Plot['steps'] = Array.from({ length }, (_, turn) => ({
      afterMs: 20_000,
      step:
        turn === length - 1
          ? { do: 'close' }
          : turn === 2
            ? { do: 'assign' }
            : {
                do: 'message',
                by: turn % 2 === 0 ? 'visitor' : 'agent',
                words: 'I would like to book a table for two. '.repeat(2),
              },
    }))
    return historyOf({ seed: `${prefix}-${index}`, workspace: index % 5, startedBy: 'visitor', steps })
  })
}
