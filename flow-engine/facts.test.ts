import assert from 'node:assert/strict'
import type { ContactEvent } from '../schemas/contact/events.ts'
import type { ConversationEvent } from '../schemas/conversation/events.ts'
import type { Actor, Recorded } from '../schemas/envelope.ts'
import { createFactsOf } from './facts.ts'

const id = (n: number) => `10000000-0000-4000-8000-00000000000${n}`
const [workspaceId, conversationId, contactId, sessionId] = [id(1), id(2), id(3), id(4)]

/** A log of two streams, in the order in which it is written. */
class Book {
  readonly #events: Recorded[] = []

  write(event: ConversationEvent | ContactEvent, kind: Actor['kind'] = 'visitor'): Recorded {
    const stream = event.type.startsWith('Contact') ? `contact-${contactId}` : `conversation-${conversationId}`
    const place = BigInt(this.#events.length)
    const revision = this.#events.filter((one) => one.stream === stream).length
    const meta = { v: 1, workspaceId, actor: { kind, id: 'a' }, commandId: id(9), at: '2026-01-02T03:04:05.678Z' }
    const chain = { $correlationId: '', $causationId: '', prev: '', hash: '' }
    const position = { commit: place, prepare: place }
    const recorded = { id: id(Number(place)), stream, revision, position, ...event, meta: { ...meta, ...chain } }
    this.#events.push(recorded)
    return recorded
  }

  async *readStream(stream: string, { from = 0, max = 1000 } = {}): AsyncIterable<Recorded> {
    yield* this.#events.filter((one) => one.stream === stream && one.revision >= from).slice(0, max)
  }
}

const says = (senderType: 'visitor' | 'bot' | 'system', content: string): ConversationEvent => ({
  type: 'MessageSent',
  data: { messageId: id(5), sessionId, senderType, senderId: 's', contentType: 'text', content },
})
const nobody = { visitorId: 'v', name: null, email: null, phone: null, attributes: {} }

describe('the facts of a conversation', () => {
  let book: Book
  beforeEach(() => {
    book = new Book()
    book.write({ type: 'ContactCreated', data: { contactId, ...nobody } })
    const about = { conversationId, sessionId, contactId, visitorId: 'v', widgetId: null, channel: 'widget' as const }
    book.write({ type: 'ConversationStarted', data: { ...about, startedBy: 'visitor', metadata: { page: '/' } } })
  })

  it('are those of a moment, also of the contact, whatever came after, and in whatever order they are asked for', async () => {
    const asked = book.write(says('visitor', 'Hello'))
    book.write({ type: 'ContactUpdated', data: { contactId, name: 'Ada' } })
    const tagged = book.write({ type: 'ConversationTagged', data: { tag: 'vip' } })
    const factsOf = createFactsOf(book)
    const now = await factsOf(conversationId)
    assert.deepEqual([now?.facts.contact.name, now?.facts.conversation.tags], ['Ada', ['vip']])
    for (const moment of [tagged, asked, tagged]) {
      const known = await factsOf(conversationId, moment)
      const isLater = moment === tagged
      assert.deepEqual(
        [known?.facts.message?.content, known?.facts.contact.name, known?.facts.conversation.tags],
        ['Hello', isLater ? 'Ada' : null, isLater ? ['vip'] : []],
      )
    }
    assert.equal(await factsOf(id(8)), undefined)
  })

  it('hold no word of somebody who has been erased, not even as they were before', async () => {
    const asked = book.write(says('visitor', 'Hello'))
    book.write({ type: 'ContactErased', data: { contactId } })
    const known = await createFactsOf(book)(conversationId, asked)
    assert.deepEqual([known?.erased, known?.facts.message, known?.facts.contact.name], [true, null, null])
  })

  it('tell what nobody has answered, and how much has gone on without people', async () => {
    const factsOf = createFactsOf(book)
    const told = async () => {
      const known = await factsOf(conversationId)
      return [known?.unansweredId, known?.automatic]
    }
    const asked = book.write(says('visitor', 'Hello'))
    book.write(says('system', 'Ada joined'), 'system')
    assert.deepEqual(await told(), [asked.id, 1])
    book.write(says('bot', 'Hi'), 'bot')
    assert.deepEqual(await told(), [null, 2])
    const read = { messageIds: [id(5)], side: 'agent' as const, readerId: 'a', unreadCount: 0 }
    book.write({ type: 'MessagesRead', data: read }, 'agent')
    assert.deepEqual(await told(), [null, 3], 'a window that is open is nobody who takes part')
    book.write({ type: 'ConversationTagged', data: { tag: 'vip' } }, 'agent')
    assert.deepEqual(await told(), [null, 0])
  })
})
