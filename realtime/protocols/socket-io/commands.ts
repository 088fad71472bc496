import type { Wish } from '../../../infra/runtime/http/service-call.ts'
import type { RateLimiter } from '../../../infra/runtime/rate-limiter.ts'
import type { RoomName } from '../../../schemas/realtime/frames.ts'
import type { SocketAck, SocketCommand } from '../../../schemas/realtime/socket-io.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { Refusal } from '../../access.ts'
import { type EndUser, endUserOf, type Visitor } from '../../end-users.ts'
import type { JoinRequest, Session } from '../../session.ts'
import type { Arrival } from './arrival.ts'
import type { Canonical } from './canonical.ts'
import type { Errand } from './errand.ts'
import { type Opened, type Opening, type OpeningTools, openingOf } from './opening.ts'
import type { RoomsAsked } from './rooms-asked.ts'

export interface CommandTools extends OpeningTools {
  canonical: Canonical
  /** Messages of one end user; undefined: any number. */
  messageLimit: RateLimiter | undefined
}

/** What an end user shows of himself; what is left out he may have shown when he connected. */
interface Named {
  external_id?: string | null | undefined
  signature?: string | null | undefined
}

type Of<N extends SocketCommand['name']> = Extract<SocketCommand, { name: N }>['payload']

/** What one socket may do (document C, "Client → Server"). Throws Refusal or Rejection, whose sentence the client is told. */
export class Commands {
  readonly #tools: CommandTools
  readonly #arrival: Arrival
  readonly #session: Session
  readonly #rooms: RoomsAsked
  /** The end users as whom it is, or was, in conversations. */
  readonly #endUsers = new Map<string, Visitor>()
  /** The conversation that it has asked for last by embed token, and of whom. */
  #opened: { of: string; conversation: Opened } | undefined

  constructor(tools: CommandTools, arrival: Arrival, session: Session, rooms: RoomsAsked) {
    this.#tools = tools
    this.#arrival = arrival
    this.#session = session
    this.#rooms = rooms
  }

  /** An errand is answered later, by the core. */
  async obey({ name, payload }: SocketCommand): Promise<SocketAck | Errand> {
    switch (name) {
      case 'send_message':
        return this.#send(payload)
      case 'claim_conversation':
        return this.#claim(payload.conversation_id.toLowerCase())
      case 'join_conversation':
        return this.#join(payload)
      case 'leave_conversation': {
        const id = payload.conversation_id.toLowerCase()
        this.#endUsers.delete(id)
        return this.#rooms.leave(roomOf(id), id)
      }
      case 'join_queue': {
        const { after } = payload
        const place = typeof after === 'string' ? { after } : {}
        return this.#rooms.join({ room: 'inbox', ...place }, this.#workspaceOf('The queue'))
      }
      case 'join_org_presence':
        return this.#rooms.join({ room: 'presence' }, this.#workspaceOf('The presence of agents'))
      case 'user_typing':
        return this.#type(payload)
      case 'mark_read':
        return this.#markRead(payload)
      default:
        return name satisfies never
    }
  }

  #workspaceOf(what: string): string {
    const { caller } = this.#arrival
    if (caller.kind === 'agent' || caller.kind === 'apiKey') return caller.workspaceId
    throw new Refusal('forbidden', `${what} is for agents.`)
  }

  async #send(message: Of<'send_message'>): Promise<SocketAck> {
    const named = message.conversation_id?.toLowerCase()
    if (message.sender_type === 'agent') {
      if (named === undefined) throw new Refusal('validation', 'conversation_id is required of an agent.')
      return this.#deliver(named, message, this.#agent())
    }
    if (named === undefined) return this.#sendFromApp(message)
    const { caller } = await this.#endUser(named, message)
    return (await this.#dropped(caller.contactId)) ?? this.#deliver(named, message, caller)
  }

  /** By embed token: the conversation is begun if need be, and its end user let in, so that he hears what is said, himself included. */
  async #sendFromApp(message: Of<'send_message'>): Promise<SocketAck> {
    const { auth } = this.#arrival
    const externalId = message.external_id ?? auth.external_id ?? undefined
    const signature = message.signature ?? auth.signature ?? undefined
    const opening = await openingOf(this.#tools, this.#arrival, externalId, signature)
    const dropped = await this.#dropped(opening.contactId)
    if (dropped !== undefined) return dropped
    const { conversationId: id, caller } = await this.#begun(opening, signature)
    try {
      return { ...(await this.#deliver(id, message, caller)), id }
    } catch (error) {
      // Whoever was erased may begin anew.
      if (error instanceof Rejection && error.code === 'contact-erased') this.#opened = undefined
      throw error
    }
  }

  async #begun({ externalId: external_id, open }: Opening, signature: string | undefined): Promise<Opened> {
    if (this.#opened?.of === external_id) return this.#opened.conversation
    const conversation = await open()
    const { conversationId: id } = conversation
    this.#opened = { of: external_id, conversation }
    if (this.#session.grantOf(roomOf(id)) === undefined) {
      await this.#rooms.join(this.#asEndUser(id, { external_id, signature }), id).entered
    }
    return conversation
  }

  /**
   * Counts a message of an end user; the acknowledgement of one that is one too many. Without an `error`: "Excess messages are silently
   * dropped" (document C). Only who asks what came of it is told.
   */
  async #dropped(contactId: string): Promise<SocketAck | undefined> {
    const { messageLimit } = this.#tools
    if (messageLimit === undefined || !(await messageLimit.count(contactId)).isOver) return undefined
    return { ok: false, message: `More than ${messageLimit.points} messages a minute: this one was dropped.` }
  }

  async #deliver(
    id: string,
    { content, content_type, rich_media, client_id }: Of<'send_message'>,
    caller: Wish['caller'],
  ): Promise<SocketAck & { ok: true }> {
    const richMedia = rich_media ?? undefined
    const { body } = await this.#tools.canonical.send({
      ...this.#wish(caller),
      params: { id },
      body: {
        content: content ?? '',
        ...(content_type ? { contentType: content_type } : {}),
        ...(richMedia === undefined ? {} : { richMedia }),
      },
      idempotencyKey: client_id ?? undefined,
    })
    return { ok: true, id: body.id, conversation_id: id, message_id: body.id, revision: body.revision }
  }

  async #endUser(conversationId: string, { external_id, signature }: Named): Promise<EndUser> {
    const { caller, auth } = this.#arrival
    const externalId = external_id ?? auth.external_id ?? undefined
    const shown = { externalId, signature: signature ?? auth.signature ?? undefined }
    return endUserOf(this.#tools.facts, { conversationId, caller, ...shown })
  }

  async #claim(id: string): Promise<SocketAck> {
    await this.#tools.canonical.claim({ ...this.#wish(this.#agent()), params: { id }, body: {} })
    if (this.#session.grantOf(roomOf(id)) === undefined) await this.#rooms.join({ room: roomOf(id) }, id).answer
    return { ok: true, id }
  }

  #join(payload: Of<'join_conversation'>): Errand {
    const id = payload.conversation_id.toLowerCase()
    const { caller, auth } = this.#arrival
    const isStaff = caller.kind === 'agent' || caller.kind === 'apiKey'
    const isNamed = typeof payload.external_id === 'string' || (!isStaff && typeof auth.external_id === 'string')
    const { after } = payload
    const place = typeof after === 'number' ? { after } : {}
    // Who names nobody is who he is by his credential; without one he may be in conversations that are open to whoever knows their id.
    const entry = isNamed ? this.#asEndUser(id, payload) : { room: roomOf(id) }
    return this.#rooms.join({ ...entry, ...place }, id)
  }

  #asEndUser(id: string, named: Named): Pick<JoinRequest, 'room' | 'as'> {
    const as = async () => {
      const endUser = await this.#endUser(id, named)
      this.#endUsers.set(id, endUser.caller)
      return endUser
    }
    return { room: roomOf(id), as }
  }

  async #type({ conversation_id, sender_type, is_typing }: Of<'user_typing'>): Promise<SocketAck> {
    const id = conversation_id.toLowerCase()
    const grant = this.#session.grantOf(roomOf(id))
    if (grant === undefined) throw new Refusal('not-joined', 'Join the conversation first.')
    if ((grant.who.kind === 'visitor') !== (sender_type === 'end_user')) {
      throw new Refusal('forbidden', `This connection is not in the conversation as sender_type ${sender_type}.`)
    }
    this.#session.typing(roomOf(id), is_typing === false ? 'stopped' : 'started')
    return { ok: true, id }
  }

  async #markRead({ conversation_id, message_ids }: Of<'mark_read'>): Promise<SocketAck> {
    const id = conversation_id.toLowerCase()
    const who = this.#session.grantOf(roomOf(id))?.who
    const endUser = who?.kind === 'visitor' ? this.#endUsers.get(id) : undefined
    const caller = endUser ?? this.#arrival.caller
    if (caller.kind === 'anonymous') throw new Refusal('unauthenticated', 'Join with your external_id first.')
    await this.#tools.canonical.read({
      ...this.#wish(caller),
      params: { id },
      body: { messageIds: message_ids },
    })
    return { ok: true, id }
  }

  #agent(): Wish['caller'] {
    const { caller } = this.#arrival
    if (caller.kind === 'agent') return caller
    throw new Rejection('forbidden', 'This needs the credential of an agent.')
  }

  #wish(caller: Wish['caller']): Pick<Wish, 'caller' | 'ip' | 'traceId'> {
    const { ip, traceId } = this.#arrival
    return { caller, ip, ...(traceId === undefined ? {} : { traceId }) }
  }
}

const roomOf = (conversationId: string): RoomName => `conversation:${conversationId}`
