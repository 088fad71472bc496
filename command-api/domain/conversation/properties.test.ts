import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ConversationCommand } from '../../../schemas/conversation/commands.ts'
import { type ConversationEvent, conversationEvents } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'
import { ids, messageId, said, say, started } from '../../testing/conversation.ts'
import { moment } from '../../testing/given.ts'
import { type ConversationState, evolve, unstarted } from './conversation.ts'
import { decide } from './decide.ts'

const start: ConversationCommand = { type: 'StartConversation', ...started.data }
const number = fc.integer({ min: 1, max: 30 })
const command: fc.Arbitrary<ConversationCommand> = fc.oneof(
  fc.constant(start),
  {
    weight: 4,
    arbitrary: fc.tuple(number, fc.constantFrom('visitor', 'agent', 'bot')).map(([n, by]) => say(n, by as 'visitor')),
  },
  fc.record({
    type: fc.constant('ReadMessages' as const),
    messageIds: fc.oneof(fc.constant('all' as const), fc.array(number.map(messageId), { maxLength: 4 })),
    side: fc.constantFrom('visitor' as const, 'agent' as const),
    readerId: fc.constant('reader'),
  }),
  fc.record({ type: fc.constant('AssignConversation' as const), agentId: fc.constantFrom(ids.agent, ids.other) }),
  fc.constant<ConversationCommand>({ type: 'UnassignConversation' }),
  fc.record({
    type: fc.constantFrom('TagConversation' as const, 'UntagConversation' as const),
    tag: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.constant<ConversationCommand>({ type: 'ParkConversation' }),
  fc.uuid().map((newSessionId): ConversationCommand => ({ type: 'ResumeConversation', newSessionId })),
  fc
    .array(fc.constantFrom('a', 'x'), { maxLength: 2 })
    .map((tags): ConversationCommand => ({ type: 'CloseConversation', tags })),
  number.map(
    (n): ConversationCommand => ({ type: 'AddNote', noteId: messageId(200 + n), agentId: ids.agent, content: 'note' }),
  ),
  fc.integer({ min: 1, max: 5 }).map((score): ConversationCommand => ({ type: 'RateConversation', score })),
)

/** Every message that opens a session opens one of its own. */
function fresh(given: ConversationCommand, n: number): ConversationCommand {
  return given.type === 'SendMessage' ? { ...given, newSessionId: messageId(1000 + n) } : given
}

function attempt(state: ConversationState, asked: ConversationCommand): ConversationEvent[] {
  try {
    return decide(state, asked)
  } catch (error) {
    if (error instanceof Rejection) return []
    throw error
  }
}

function live(commands: ConversationCommand[]): ConversationEvent[] {
  const log: ConversationEvent[] = []
  let state: ConversationState = unstarted
  for (const [n, asked] of commands.entries()) {
    for (const event of attempt(state, fresh(asked, n))) {
      state = evolve(state, event, moment(log.length))
      log.push(event)
    }
  }
  return log
}

const fold = (log: ConversationEvent[]): ConversationState =>
  log.reduce((state: ConversationState, event, n) => evolve(state, event, moment(n)), unstarted)

/** Read and set commands are no-ops or refusals when asked again at once; a reopening message is known by its id. */
describe('any history of commands', () => {
  it('leaves nothing to do when the last command is repeated', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), command, (before, last) => {
        const once = live([start, ...before, last])
        const state = fold(once)
        assert.deepEqual(attempt(state, fresh(last, before.length + 1)), [])
      }),
    ))

  it('never overlaps sessions: each is opened once and closed before the next', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        let open: string | undefined
        const seen = new Set<string>()
        for (const event of live([start, ...commands])) {
          if (event.type === 'ConversationStarted' || event.type === 'ConversationReopened') {
            assert.equal(open, undefined)
            assert(!seen.has(event.data.sessionId))
            open = event.data.sessionId
            seen.add(open)
          } else if (event.type === 'ConversationClosed') {
            assert.equal(event.data.sessionId, open)
            open = undefined
          } else if (event.type === 'MessageSent' || event.type === 'ConversationAssigned') {
            assert.equal(event.data.sessionId, open)
          }
        }
      }),
    ))

  it('keeps its counts: unread is what no agent has read', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const state = fold(live([start, ...commands]))
        assert(state.status !== 'none')
        const unread = [...state.messages.values()].filter((message) => message.fromVisitor && !message.read)
        assert.equal(state.unreadCount, unread.length)
      }),
    ))

  it('writes only events that fit their schema', () => {
    const checks = new Map(Object.entries(conversationEvents).map(([type, { data }]) => [type, checkOf(data)]))
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        for (const event of live([start, ...commands])) {
          const checked = checks.get(event.type)?.(event.data)
          assert(checked?.ok, JSON.stringify({ event, checked }))
        }
      }),
    )
  })
})

describe('evolve', () => {
  it('never throws, whatever the order of events', () => {
    const events = live([start, say(1), say(2, 'agent'), { type: 'CloseConversation', tags: ['a'] }, say(3)])
    const any = fc.array(fc.constantFrom(...events, said(9)), { maxLength: 50 })
    fc.assert(fc.property(any, (shuffled) => assert.doesNotThrow(() => fold(shuffled))))
  })
})
