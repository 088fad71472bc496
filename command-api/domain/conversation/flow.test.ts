import { assigned, closed, ids, messageId, started } from '../../testing/conversation.ts'
import { given } from '../../testing/given.ts'
import { conversation } from './decide.ts'

const run = {
  runId: messageId(60),
  flowId: messageId(61),
  version: 1,
  startedBy: 'keyword',
  starterId: null,
  depth: 1,
} as const
const start = { type: 'StartFlow', ...run, unlessAssigned: false } as const
const begun = { type: 'ConversationFlowStarted', data: { ...run, sessionId: ids.session } } as const
const end = { type: 'EndFlow', runId: run.runId, outcome: 'completed' } as const
const over = {
  type: 'ConversationFlowEnded',
  data: { runId: run.runId, flowId: run.flowId, outcome: 'completed', sessionId: ids.session },
} as const

describe('a flow in a conversation', () => {
  it('starts once', () => {
    given(conversation, started).when(start).yields(begun)
    given(conversation, started, begun).when(start).yields()
  })
  it('is the only one', () =>
    given(conversation, started, begun)
      .when({ ...start, runId: messageId(62) })
      .refused('flow-running'))
  it('does not start in a closed one', () =>
    given(conversation, started, closed).when(start).refused('conversation-closed'))
  it('does not come by itself between an agent and a visitor', () => {
    given(conversation, started, assigned)
      .when({ ...start, unlessAssigned: true })
      .refused('already-assigned')
    given(conversation, started, assigned).when(start).yields(begun)
  })
  it('ends once, and makes room for the next', () => {
    given(conversation, started, begun).when(end).yields(over)
    given(conversation, started, begun, over).when(end).yields()
    given(conversation, started, begun)
      .when({ ...end, runId: messageId(62) })
      .yields()
    given(conversation, started, begun, over)
      .when({ ...start, runId: messageId(62) })
      .yields({ ...begun, data: { ...begun.data, runId: messageId(62) } })
  })
})
