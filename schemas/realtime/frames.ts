import Type, { type Static } from 'typebox'
import { actorKinds } from '../envelope.ts'
import { exactly, Id, Time } from '../fields.ts'

/** The frames of the plain WebSocket protocol `parley.v1`: JSON text, one object a frame (docs/realtime.md). */

export const protocolName = 'parley.v1'

export type RoomName = 'inbox' | 'presence' | `conversation:${string}`

const Room = Type.String({
  pattern: '^(inbox|presence|conversation:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
  description: '`inbox` or `presence` (agents), or `conversation:<id>`',
})
const Ref = Type.Unknown({ description: 'anything; comes back in the answer' })
const Revision = Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER })
const Position = Type.String({
  pattern: '^[0-9]{1,19}/[0-9]{1,19}$',
  description: 'a place in the log, `<commit>/<prepare>`',
})

export const typingStates = ['started', 'stopped'] as const
export type TypingState = (typeof typingStates)[number]

export const clientFrames = {
  join: exactly(
    {
      type: Type.Literal('join'),
      room: Room,
      after: Type.Optional(
        Type.Union([Revision, Position], {
          description: 'what the client has: a revision for a conversation (-1: nothing), a position for the inbox',
        }),
      ),
      token: Type.Optional(
        Type.String({ minLength: 1, maxLength: 8192, description: 'a visitor token, for this room only' }),
      ),
      ref: Type.Optional(Ref),
    },
    { description: 'Enter a room. With `after`, first what was missed, then what comes; without, only what comes.' },
  ),
  leave: exactly(
    { type: Type.Literal('leave'), room: Room, ref: Type.Optional(Ref) },
    { description: 'Leave a room.' },
  ),
  typing: exactly(
    { type: Type.Literal('typing'), room: Room, state: Type.Enum(typingStates), ref: Type.Optional(Ref) },
    { description: 'Say that one is typing; forgotten after 5 s unless said again.' },
  ),
  ping: exactly({ type: Type.Literal('ping'), ref: Type.Optional(Ref) }, { description: 'Ask for a pong.' }),
}
export type ClientFrame = {
  [T in keyof typeof clientFrames]: Static<(typeof clientFrames)[T]>
}[keyof typeof clientFrames]
export type JoinFrame = Static<typeof clientFrames.join>

/** Why something that a client asked for is refused. */
export const frameErrors = [
  'malformed-json',
  'validation',
  'unknown-type',
  'unauthenticated',
  'forbidden',
  'not-found',
  'not-joined',
  'too-many-rooms',
  'too-far-behind',
  'unavailable',
] as const
export type FrameErrorCode = (typeof frameErrors)[number]

export const revokeReasons = ['removed', 'token-required'] as const
export type RevokeReason = (typeof revokeReasons)[number]

const Who = {
  kind: Type.Enum(['visitor', 'agent', 'apiKey']),
  id: Type.String({ description: 'visitor id or agent id' }),
}

export const EventBody = Type.Object(
  {
    id: Id,
    type: Type.String({ description: 'as in the event schemas, such as MessageSent' }),
    at: Time,
    actor: Type.Object({ kind: Type.Enum(actorKinds), id: Type.String() }, { additionalProperties: false }),
    data: Type.Record(Type.String(), Type.Unknown(), {
      description: 'as the schema of the event says, less what the receiver may not see',
    }),
  },
  { additionalProperties: false },
)
export type EventBody = Static<typeof EventBody>

/** The room `presence` has no places. */
const Joined = Type.Union([
  exactly({ type: Type.Literal('joined'), room: Type.Literal('presence'), ref: Type.Optional(Ref) }),
  exactly({ type: Type.Literal('joined'), room: Room, revision: Revision, ref: Type.Optional(Ref) }),
  exactly({ type: Type.Literal('joined'), room: Room, position: Position, ref: Type.Optional(Ref) }),
])

const Live = Type.Union([
  exactly({ type: Type.Literal('live'), room: Type.Literal('presence') }),
  exactly({ type: Type.Literal('live'), room: Room, revision: Revision }),
  exactly({ type: Type.Literal('live'), room: Room, position: Position }),
])

const Event = Type.Union([
  exactly({ type: Type.Literal('event'), room: Room, revision: Revision, event: EventBody }),
  exactly({
    type: Type.Literal('event'),
    room: Room,
    position: Position,
    conversationId: Id,
    revision: Revision,
    event: EventBody,
  }),
])

export const serverFrames = {
  joined: Joined,
  event: Event,
  live: Live,
  left: exactly({ type: Type.Literal('left'), room: Room, ref: Type.Optional(Ref) }),
  typing: exactly({ type: Type.Literal('typing'), room: Room, state: Type.Enum(typingStates), who: exactly(Who) }),
  presence: exactly({
    type: Type.Literal('presence'),
    room: Room,
    changes: Type.Array(exactly({ ...Who, state: Type.Enum(['online', 'offline']) })),
  }),
  revoked: exactly({ type: Type.Literal('revoked'), room: Room, reason: Type.Enum(revokeReasons) }),
  error: exactly({
    type: Type.Literal('error'),
    code: Type.Enum(frameErrors),
    message: Type.String(),
    room: Type.Optional(Room),
    ref: Type.Optional(Ref),
  }),
  pong: exactly({ type: Type.Literal('pong'), ref: Type.Optional(Ref) }),
}
export type ServerFrame = {
  [T in keyof typeof serverFrames]: Static<(typeof serverFrames)[T]>
}[keyof typeof serverFrames]
export type EventFrame = Static<typeof Event>
export type Who = { kind: 'visitor' | 'agent' | 'apiKey'; id: string }

export const describedServerFrames: Record<keyof typeof serverFrames, string> = {
  joined: 'The room is entered. Frames follow from the revision or position after the one named.',
  event:
    'Something happened. In a conversation each revision comes once, ascending; what the receiver may not see is left out.',
  live: 'Everything up to this revision or position has been sent; what follows comes as it happens.',
  left: 'The room is left.',
  typing: 'Somebody else types, or no longer does.',
  presence: 'Who came and who went (agents only). The first after joining names all that are there.',
  revoked: 'The right to be in this room has ended; nothing of it follows.',
  error: 'What was asked is refused; the connection stays.',
  pong: 'The answer to a ping.',
}

/** Why the server ends a connection. */
export const closeCodes = {
  restart: { code: 1012, meaning: 'the server restarts: connect again and join with `after`' },
  overloaded: { code: 1013, meaning: 'too many connections: connect again later' },
  expired: { code: 4401, meaning: 'the credential has expired: get a new one, connect again and join with `after`' },
  removed: { code: 4403, meaning: 'the agent was removed from the workspace' },
  slow: { code: 4408, meaning: 'the client reads too slowly: connect again and join with `after`' },
  flood: { code: 4429, meaning: 'the client sent too many frames' },
} as const
export type CloseReason = keyof typeof closeCodes
