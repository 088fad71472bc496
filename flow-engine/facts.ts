import { LRUCache } from 'lru-cache'
import { contact as contacts } from '../command-api/domain/contact/contact.ts'
import type { ConversationState, Started } from '../command-api/domain/conversation/conversation.ts'
import { conversation } from '../command-api/domain/conversation/decide.ts'
import type { Decider } from '../command-api/domain/decider.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../schemas/conversation/events.ts'
import { type Actor, comparePositions, happened, type LogPosition, type Recorded } from '../schemas/envelope.ts'
import { streamOf } from '../schemas/streams.ts'
import type { Facts } from './domain/facts.ts'
import { Names } from './push/names.ts'

/** A moment of a conversation: an event of its stream, and where that stands in the log. */
export interface Moment {
  revision: number
  position: LogPosition
}

export interface Known {
  facts: Facts
  workspaceId: string
  contactId: string
  /** Somebody erased the person: there are no words any more. */
  erased: boolean
  /** The event of the latest message, if that is a visitor's. */
  unansweredId: string | null
  /** How many events there have been since a person did something. */
  automatic: number
}

/** Facts of a conversation as it was at a moment, or as it is now; undefined where there is none. The same whenever they are asked for. */
export type FactsOf = (conversationId: string, at?: Moment) => Promise<Known | undefined>

interface Folded {
  revision: number
  state: ConversationState
  message: Facts['message']
  unansweredId: string | null
  automatic: number
}

const unknown: Folded = { revision: -1, state: conversation.initial, message: null, unansweredId: null, automatic: 0 }

/** Conversations whose fold is kept, since what happens in one is mostly asked for soon after. */
const kept = 500

export function createFactsOf(log: Pick<EventLog, 'readStream'>): FactsOf {
  const cache = new LRUCache<string, Folded>({ max: kept })
  const names = new Names(log)

  const conversationAt = async (id: string, revision: number): Promise<Folded> => {
    const known = cache.get(id)
    // Folding takes the state over, so that nobody else may go on from it meanwhile.
    const usable = known !== undefined && known.revision <= revision
    if (usable) cache.delete(id)
    let folded = usable ? known : unknown
    const options = {
      from: folded.revision + 1,
      ...(Number.isFinite(revision) ? { max: revision - folded.revision } : {}),
    }
    if (options.max !== 0) {
      for await (const event of log.readStream(streamOf('conversation', id), options)) folded = fold(folded, event)
    }
    if (folded.revision > (cache.get(id)?.revision ?? -1)) cache.set(id, folded)
    return folded
  }

  return async (id, at) => {
    const { state, message, unansweredId, automatic } = await conversationAt(
      id,
      at?.revision ?? Number.POSITIVE_INFINITY,
    )
    if (state.status === 'none') return undefined
    const person = await personAt(log, state.contactId, at?.position)
    const erased = person.erased || state.erased
    const facts = {
      reply: null,
      message: erased ? null : message,
      contact: person.facts,
      conversation: conversationOf(state),
      variables: {},
      webhook: { status: null },
      workspace: { name: await names.workspace(state.workspaceId) },
    }
    return { facts, workspaceId: state.workspaceId, contactId: state.contactId, erased, unansweredId, automatic }
  }
}

function fold(before: Folded, event: Recorded): Folded {
  const { id, revision, meta } = event
  const isPersons = persons.has(meta.actor.kind) && !passive.has(event.type)
  const folded = { ...before, revision, automatic: isPersons ? 0 : before.automatic + 1 }
  if (!isOf(conversation, event)) return folded
  const state = conversation.evolve(folded.state, event, happened(event))
  if (event.type !== 'MessageSent') return { ...folded, state }
  const { content, senderType, contentType } = event.data
  const next = { ...folded, state, message: { content, senderType, contentType } }
  // That somebody joined, or the like, is no answer.
  return senderType === 'system' ? next : { ...next, unansweredId: senderType === 'visitor' ? id : null }
}

/** And what other systems do for them. */
const persons: ReadonlySet<string> = new Set<Actor['kind']>(['visitor', 'agent', 'apiKey'])

/** What comes of itself where a window or a telephone is open: nobody takes part by that. */
const passive: ReadonlySet<string> = new Set<ConversationEvent['type']>(['MessagesRead', 'MessageDelivered'])

function conversationOf(state: Started): Facts['conversation'] {
  const { status, channel, tags, assignedAgentId, widgetId, channelId, metadata } = state
  return { status, channel, tags, assignedAgentId, widgetId, channelId, metadata }
}

/** Who it is with, as known up to a position. That he was erased counts also when it came later. */
async function personAt(log: Pick<EventLog, 'readStream'>, id: string, upTo: LogPosition | undefined) {
  let state = contacts.initial
  for await (const event of log.readStream(streamOf('contact', id))) {
    if (!isOf(contacts, event)) continue
    const came = upTo === undefined || comparePositions(event.position, upTo) <= 0
    if (came || event.type === 'ContactErased') state = contacts.evolve(state, event, happened(event))
  }
  if (state.status !== 'known') return { erased: state.status === 'erased', facts: nobody }
  const { name, email, phone, attributes } = state.facts
  return { erased: false, facts: { name, email, phone, attributes } }
}

const nobody: Facts['contact'] = { name: null, email: null, phone: null, attributes: {} }

function isOf<S, C, E extends { type: string; data: unknown }>(
  { types }: Decider<S, C, E>,
  event: Recorded,
): event is Recorded & E {
  return Object.hasOwn(types, event.type)
}
