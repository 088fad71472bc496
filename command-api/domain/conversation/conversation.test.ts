import assert from 'node:assert/strict'
import type { ConversationCommand } from '../../../schemas/conversation/commands.ts'
import {
  assigned,
  closed,
  ids,
  messageId,
  parked,
  reopened,
  said,
  started,
  tagged,
} from '../../testing/conversation.ts'
import { given, moment, stateOf } from '../../testing/given.ts'
import { conversation } from './decide.ts'

const start = { type: 'StartConversation', ...started.data } as const
const assign = { type: 'AssignConversation', agentId: ids.agent } as const
const close: ConversationCommand = { type: 'CloseConversation', tags: [] }
const resume = { type: 'ResumeConversation', newSessionId: ids.second } as const

describe('a conversation', () => {
  it('starts once', () => {
    given(conversation).when(start).yields(started)
    given(conversation, started).when(start).refused('already-exists')
  })

  describe('assigning', () => {
    it('gives it to an agent', () => given(conversation, started).when(assign).yields(assigned))
    it('to the same agent changes nothing', () => given(conversation, started, assigned).when(assign).yields())
    it('is refused when it is closed', () =>
      given(conversation, started, closed).when(assign).refused('conversation-closed'))
    it('can be taken back, once', () => {
      const unassigned = { ...assigned, type: 'ConversationUnassigned' } as const
      given(conversation, started, assigned).when({ type: 'UnassignConversation' }).yields(unassigned)
      given(conversation, started).when({ type: 'UnassignConversation' }).yields()
    })
    it('can be taken from one agent without touching it when another has it', () => {
      const unassigned = { ...assigned, type: 'ConversationUnassigned' } as const
      given(conversation, started, assigned).when({ type: 'UnassignConversation', from: ids.agent }).yields(unassigned)
      given(conversation, started, assigned).when({ type: 'UnassignConversation', from: ids.other }).yields()
    })
    it('ends with the session', () => {
      const state = stateOf(conversation, [started, assigned, closed, reopened])
      assert(state.status === 'open')
      assert.equal(state.assignedAgentId, null)
    })
  })

  describe('tags', () => {
    it('are borne once', () => {
      given(conversation, started).when({ type: 'TagConversation', tag: 'vip' }).yields(tagged('vip'))
      given(conversation, started, tagged('vip')).when({ type: 'TagConversation', tag: 'vip' }).yields()
    })
    it('are taken off where they are', () => {
      const untag = { type: 'UntagConversation', tag: 'vip' } as const
      given(conversation, started, tagged('vip'))
        .when(untag)
        .yields({ type: 'ConversationUntagged', data: { tag: 'vip' } })
      given(conversation, started).when(untag).yields()
    })
    it('are at most a hundred', () => {
      const hundred = Array.from({ length: 100 }, (_, n) => tagged(`tag-${n}`))
      given(conversation, started, ...hundred)
        .when({ type: 'TagConversation', tag: 'one more' })
        .refused('validation')
    })
  })

  describe('closing', () => {
    it('resolves the session, with final tags', () =>
      given(conversation, started, tagged('vip'))
        .when({ type: 'CloseConversation', tags: ['vip', 'billing', 'billing'] })
        .yields(tagged('billing'), closed))
    it('is refused a second time', () => given(conversation, started, closed).when(close).refused('already-closed'))
  })

  describe('parking', () => {
    it('makes it pending, once', () => {
      given(conversation, started).when({ type: 'ParkConversation' }).yields(parked)
      given(conversation, started, parked).when({ type: 'ParkConversation' }).yields()
    })
    it('is refused when it is closed', () =>
      given(conversation, started, closed).when({ type: 'ParkConversation' }).refused('conversation-closed'))
    it('ends when it is opened again', () => {
      const resumed = { type: 'ConversationResumed', data: { sessionId: ids.session } } as const
      given(conversation, started, parked).when(resume).yields(resumed)
      given(conversation, started).when(resume).yields()
    })
    it('opening a closed one begins a session of the agent', () =>
      given(conversation, started, closed)
        .when(resume)
        .yields({ type: 'ConversationReopened', data: { sessionId: ids.second, startedBy: 'agent' } }))
  })

  describe('reading', () => {
    const read = { type: 'ReadMessages', messageIds: 'all', side: 'agent', readerId: ids.agent } as const
    const marked = (unreadCount: number, ...messages: number[]) =>
      ({
        type: 'MessagesRead',
        data: { messageIds: messages.map(messageId), side: 'agent', readerId: ids.agent, unreadCount },
      }) as const

    it("by an agent marks the visitor's messages", () =>
      given(conversation, started, said(1), said(2, 'agent'), said(3))
        .when(read)
        .yields(marked(0, 1, 3)))
    it('names no message twice', () =>
      given(conversation, started, said(1), said(2), marked(1, 1)).when(read).yields(marked(0, 2)))
    it('of an unknown message is refused', () =>
      given(conversation, started)
        .when({ ...read, messageIds: [messageId(9)] })
        .refused('not-found'))
    it("by a visitor leaves the visitor's own alone", () =>
      given(conversation, started, said(1))
        .when({ ...read, side: 'visitor', messageIds: [messageId(1)] })
        .yields())
    it('counts what is unread', () => {
      const state = stateOf(conversation, [started, said(1), said(2), said(3, 'agent'), marked(1, 1)])
      assert(state.status === 'open')
      assert.equal(state.unreadCount, 1)
    })
  })

  describe('remarks', () => {
    const note = { noteId: messageId(50), agentId: ids.agent, content: 'call back' }
    it('are noted once, also when it is closed', () => {
      const noted = { type: 'NoteAdded', data: { ...note, sessionId: ids.session } } as const
      given(conversation, started, closed)
        .when({ type: 'AddNote', ...note })
        .yields(noted)
      given(conversation, started, noted)
        .when({ type: 'AddNote', ...note })
        .yields()
    })
    it('a session is rated once', () => {
      const rated = { type: 'ConversationRated', data: { sessionId: ids.session, score: 5, comment: 'great' } } as const
      given(conversation, started).when({ type: 'RateConversation', score: 5, comment: 'great' }).yields(rated)
      given(conversation, started, rated).when({ type: 'RateConversation', score: 1 }).refused('already-rated')
      given(conversation, started, rated, closed, reopened)
        .when({ type: 'RateConversation', score: 1 })
        .yields({ type: 'ConversationRated', data: { sessionId: ids.second, score: 1 } })
    })
  })

  it('remembers commands that had an idempotency key', () => {
    const by = { commandId: messageId(70), request: 'fingerprint' }
    const state = stateOf(conversation, [started, { ...tagged('a'), by }, { ...closed, by }])
    assert.deepEqual(conversation.done(state, by.commandId), { request: 'fingerprint', first: 1, last: 2 })
    assert.equal(conversation.done(state, moment(0).commandId), undefined)
  })
})
