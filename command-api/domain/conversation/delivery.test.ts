import type { RecordDelivery } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { ids, messageId, said, started } from '../../testing/conversation.ts'
import { given } from '../../testing/given.ts'
import { conversation } from './decide.ts'

const begun = {
  ...started,
  data: { ...started.data, widgetId: null, channelId: ids.widget, channel: 'whatsapp' as const },
}
const history = [begun, said(1), said(2, 'agent')] as const
const at = '2026-01-02T03:04:05.000Z'
const wamid = 'wamid.A'

const relayed = (externalId = wamid, part = 1) =>
  ({ type: 'MessageRelayed', data: { messageId: messageId(2), channel: 'whatsapp', externalId, part } }) as const
const delivered = (status: 'delivered' | 'read') =>
  ({ type: 'MessageDelivered', data: { messageId: messageId(2), status, at } }) as const
const failed = {
  type: 'MessageUndeliverable',
  data: { messageId: messageId(2), code: '131047', why: 'Too late.' },
} as const
const seen: Extract<ConversationEvent, { type: 'MessagesRead' }> = {
  type: 'MessagesRead',
  data: { messageIds: [messageId(2)], side: 'visitor', readerId: 'visitor-1', unreadCount: 1 },
}

const record = (happened: RecordDelivery['happened'], named: Partial<RecordDelivery> = {}): RecordDelivery => {
  return { type: 'RecordDelivery', messageId: messageId(2), externalId: wamid, part: 1, happened, ...named }
}
const sent = record({ status: 'sent' })
const isDelivered = record({ status: 'delivered', at })
const isRead = record({ status: 'read', at })
const isFailed = record({ status: 'failed', error: { code: '131047', why: 'Too late.' } })

describe('the delivery of a message', () => {
  it('begins when the channel has taken it, once', () => {
    given(conversation, ...history)
      .when(sent)
      .yields(relayed())
    given(conversation, ...history, relayed())
      .when(sent)
      .yields()
    given(conversation, ...history, relayed())
      .when(record({ status: 'sent' }, { externalId: 'wamid.B' }))
      .yields()
  })

  it('only rises', () => {
    given(conversation, ...history, relayed())
      .when(isDelivered)
      .yields(delivered('delivered'))
    given(conversation, ...history, relayed(), delivered('delivered'))
      .when(isDelivered)
      .yields()
    given(conversation, ...history, relayed(), delivered('read'), seen)
      .when(isDelivered)
      .yields()
    given(conversation, ...history, relayed(), delivered('read'), seen)
      .when(sent)
      .yields()
    given(conversation, ...history, relayed(), failed)
      .when(isDelivered)
      .yields()
  })

  it('tells that it was taken where nobody has said so yet', () =>
    given(conversation, ...history)
      .when(isDelivered)
      .yields(relayed(), delivered('delivered')))

  it('that is read there is read here, once', () => {
    given(conversation, ...history, relayed())
      .when(isRead)
      .yields(delivered('read'), seen)
    given(conversation, ...history, relayed(), seen)
      .when(isRead)
      .yields(delivered('read'))
  })

  it('fails for good, unless the channel takes it after all', () => {
    const refused = { ...isFailed, externalId: undefined }
    given(conversation, ...history)
      .when(refused)
      .yields(failed)
    given(conversation, ...history, failed)
      .when(refused)
      .yields()
    given(conversation, ...history)
      .when(isFailed)
      .yields(relayed(), failed)
    given(conversation, ...history, relayed(), failed)
      .when(isFailed)
      .yields()
    given(conversation, ...history, relayed(), failed)
      .when(sent)
      .yields()
    given(conversation, ...history, failed)
      .when(sent)
      .yields(relayed())
    given(conversation, ...history, failed, relayed())
      .when(isDelivered)
      .yields(delivered('delivered'))
  })

  it('is found by what the channel calls any part of it', () => {
    const unnamed = record({ status: 'delivered', at }, { messageId: undefined, externalId: 'wamid.B' })
    given(conversation, ...history, relayed(), relayed('wamid.B', 2))
      .when({ ...unnamed, part: undefined })
      .yields(delivered('delivered'))
    given(conversation, ...history, relayed())
      .when(unnamed)
      .refused('not-found')
  })

  it('is nothing of what the visitor said, nor of another channel', () => {
    given(conversation, ...history)
      .when(record({ status: 'sent' }, { messageId: messageId(1) }))
      .refused('not-found')
    given(conversation, started, said(1), said(2, 'agent')).when(sent).refused('conflict')
  })
})
