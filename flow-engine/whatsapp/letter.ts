import { contact } from '../../command-api/domain/contact/contact.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type ConversationEvent, conversationEvents } from '../../schemas/conversation/events.ts'
import { happened, type LogPosition, type Recorded, type RecordedEach } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type Part, partsOf } from '../domain/whatsapp/outgoing.ts'
import { startOf } from './conversations.ts'
import type { Item } from './outbox.ts'

/** A message as it is to be sent, and how much of it has been. */
export interface Letter {
  /** Telephone number in WhatsApp's notation: digits alone. Undefined where nobody has said it. */
  to: string | undefined
  parts: Part[]
  /** Numbers, from 1, of the parts that WhatsApp has taken. */
  taken: ReadonlySet<number>
  /** Where the log was when the message had been written. */
  position: LogPosition
}

type Past = RecordedEach<ConversationEvent>
type Message = Extract<Past, { type: 'MessageSent' }>
const isOurs = (event: Recorded): event is Past => Object.hasOwn(conversationEvents, event.type)

/** Reads a message back from the log; undefined where it is not to be sent any more, since its contact was erased. */
export async function readLetter(
  log: Pick<EventLog, 'readStream'>,
  { conversationId, messageId, revision }: Item,
): Promise<Letter | undefined> {
  const stream = streamOf('conversation', conversationId)
  let message: Message | undefined
  const taken = new Set<number>()
  for await (const event of log.readStream(stream, { from: revision })) {
    if (!isOurs(event)) continue
    if (event.type === 'ConversationErased') return undefined
    if (event.type === 'MessageSent' && event.data.messageId === messageId) message = event
    if (event.type === 'MessageRelayed' && event.data.messageId === messageId) taken.add(event.data.part)
  }
  const start = await startOf(log, stream)
  if (message === undefined || start === undefined) return undefined
  const known = await contactOf(log, start.data.contactId)
  // The key goes before the conversation says so: what is read then is no message of anybody's.
  if (known.isErased) return undefined
  const to = digitsOf(start.data.metadata.waId) ?? digitsOf(known.phone)
  return { to, parts: partsOf(message.data), taken, position: message.position }
}

async function contactOf(
  log: Pick<EventLog, 'readStream'>,
  id: string,
): Promise<{ isErased: boolean; phone?: unknown }> {
  let state = contact.initial
  for await (const event of log.readStream(streamOf('contact', id))) {
    if (isContactEvent(event)) state = contact.evolve(state, event, happened(event))
  }
  if (state.status === 'known') return { isErased: false, phone: state.facts.phone }
  return { isErased: state.status === 'erased' }
}

type ContactEvent = Parameters<typeof contact.evolve>[1]
const isContactEvent = (event: Recorded): event is Recorded & ContactEvent => Object.hasOwn(contact.types, event.type)

/** A number in any notation that has the country in it: `+49 170 123` or `0049…`. */
function digitsOf(phone: unknown): string | undefined {
  if (typeof phone !== 'string') return undefined
  const digits = phone.replace(/\D/g, '').replace(/^00/, '')
  return digits.length >= 5 && digits.length <= 20 ? digits : undefined
}
