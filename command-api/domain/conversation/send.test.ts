import { closed, ids, messageId, parked, reopened, said, say, started } from '../../testing/conversation.ts'
import { given } from '../../testing/given.ts'
import { conversation } from './decide.ts'

describe('sending a message', () => {
  it('needs a conversation', () => given(conversation).when(say(1)).refused('not-found'))

  it('is said in the open session', () => given(conversation, started).when(say(1)).yields(said(1)))

  it('happens once, however often it is asked', () => given(conversation, started, said(1)).when(say(1)).yields())

  it('by a visitor opens a new session when the last is resolved', () =>
    given(conversation, started, closed)
      .when(say(1))
      .yields(reopened, said(1, 'visitor', ids.second)))

  it('by an agent opens a new session that the agent began', () =>
    given(conversation, started, closed)
      .when(say(1, 'agent'))
      .yields({ ...reopened, data: { ...reopened.data, startedBy: 'agent' } }, said(1, 'agent', ids.second)))

  it('by a bot or an AI cannot wake a closed conversation', () => {
    given(conversation, started, closed).when(say(1, 'bot')).refused('conversation-closed')
    given(conversation, started, closed).when(say(1, 'ai')).refused('conversation-closed')
  })

  it('by a visitor brings a parked conversation back', () =>
    given(conversation, started, parked)
      .when(say(1))
      .yields({ type: 'ConversationResumed', data: { sessionId: ids.session } }, said(1)))

  it('by an agent leaves a parked conversation parked', () =>
    given(conversation, started, parked).when(say(1, 'agent')).yields(said(1, 'agent')))

  it('carries rich media and the time in the other system', () => {
    const richMedia = { url: 'https://example.test/a.png' }
    const occurredAt = '2025-01-01T00:00:00.000Z'
    given(conversation, started)
      .when({ ...say(1), contentType: 'image', content: '', richMedia, occurredAt })
      .yields({
        type: 'MessageSent',
        data: { ...said(1).data, messageId: messageId(1), contentType: 'image', content: '', richMedia, occurredAt },
      })
  })
})
