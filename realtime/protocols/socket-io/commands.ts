import type { Wish } from '../../../infra/runtime/http/service-call.ts'
import type { RateLimiter } from '../../../infra/runtime/rate-limiter.ts'
import type { RoomName } from '../../../schemas/realtime/frames.ts'
import type { SocketAck, SocketCommand } from '../../../schemas/realtime/socket-io.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { Refusal } from '../../access.ts'
import { type EndUser, endUserOf, type Visitor } from '../../end-users.ts'
import type { Session } from '../../session.ts'
import type { Arrival } from './arrival.ts'
import type { Canonical } from './canonical.ts'
import type { Errand } from './errand.ts'
import { type Opening, type OpeningTools, openingOf } from './opening.ts'
import type { RoomsAsked } from './rooms-asked.ts'

export interface CommandTools extends OpeningTools {
  canonical: Canonical
  /** Messages of one end user; undefined: any number. */
  messageLimit: RateLimiter | undefined
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
    const opening = named === undefined ? await this.#opening(message) : undefined
    const id = named ?? opening?.conversationId ?? ''
    const endUser = opening ?? (await this.#endUser(id, message))
    const { messageLimit } = this.#tools
    if (messageLimit !== undefined && (await messageLimit.count(id)).isOver) {
      // Without an `error`: "Excess messages are silently dropped" (document C). Only who asks what came of it is told.
      return { ok: false, message: `More than ${messageLimit.points} messages a minute: this one was dropped.` }
    }
    if (opening !== undefined) await this.#begin(opening)
    const ack = await this.#deliver(id, message, endUser.caller)
    return opening === undefined ? ack : { ...ack, id }
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

  async #opening({ external_id, signature }: Of<'send_message'>): Promise<Opening> {
    const { auth } = this.#arrival
    const externalId = external_id ?? auth.external_id ?? undefined
    return openingOf(this.#tools, this.#arrival, externalId, signature ?? auth.signature ?? undefined)
  }

  /** Begins the conversation if need be, and lets its end user in, so that the message comes back to him too, and what is answered. */
  async #begin(opening: Opening): Promise<void> {
    const { conversationId: id } = opening
    if (this.#session.grantOf(roomOf(id)) !== undefined) return
    await opening.open()
    this.#endUsers.set(id, opening.caller)
    await this.#rooms.join({ room: roomOf(id), as: async () => opening }, id).entered
  }

  async #endUser(
    conversationId: string,
    { external_id, signature }: Pick<Of<'join_conversation'>, 'external_id' | 'signature'>,
  ): Promise<EndUser> {
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
    const asEndUser = async () => {
      const endUser = await this.#endUser(id, payload)
      this.#endUsers.set(id, endUser.caller)
      return endUser
    }
    const { after } = payload
    const place = typeof after === 'number' ? { after } : {}
    // Who names nobody is who he is by his credential; without one he may be in conversations that are open to whoever knows their id.
    return this.#rooms.join({ room: roomOf(id), ...place, ...(isNamed ? { as: asEndUser } : {}) }, id)
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
