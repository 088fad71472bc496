import Type from 'typebox'
import { type Check, checkOf } from '../../../schemas/validator.ts'
import { Malformed } from './records.ts'

/** What a client may say, read from the JSON hub protocol. */
export type ClientMessage =
  | { kind: 'invocation'; target: string; arguments: unknown[]; invocationId?: string; takesStreams: boolean }
  /** Asks for a stream of answers, which no method here gives. */
  | { kind: 'stream-invocation'; target: string; invocationId: string }
  | { kind: 'ping' }
  | { kind: 'close' }
  | { kind: 'ack'; sequenceId: number }
  | { kind: 'sequence'; sequenceId: number }
  /** Of no use here: items of streams, answers to calls that we never make, and what later versions may bring. */
  | { kind: 'other'; isCounted: boolean }

/** The types of the hub protocol, by number. */
export const messageTypes = {
  invocation: 1,
  streamItem: 2,
  completion: 3,
  streamInvocation: 4,
  cancelInvocation: 5,
  ping: 6,
  close: 7,
  ack: 8,
  sequence: 9,
} as const

const text = Type.String({ minLength: 1, maxLength: 200 })
const list = Type.Array(Type.Unknown())
const sequenceId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const Handshake = checkOf(Type.Object({ protocol: text, version: Type.Integer() }))
const Invocation = checkOf(
  Type.Object({
    target: text,
    arguments: list,
    invocationId: Type.Optional(Type.Union([text, Type.Null()])),
    streamIds: Type.Optional(Type.Union([list, Type.Null()])),
  }),
)
const StreamInvocation = checkOf(Type.Object({ target: text, invocationId: text }))
const Place = checkOf(Type.Object({ sequenceId }))

const spoken = { protocol: 'json', lowest: 1, highest: 2 } as const
/** From this version of the protocol on, a connection may outlive its WebSocket. */
export const resumingVersion = 2

/** The version that the first record of a connection asks for. Throws Malformed. */
export function readHandshake(record: string): number {
  const { protocol, version } = demand(Handshake, parsed(record), 'a handshake')
  if (protocol !== spoken.protocol) {
    throw new Malformed(`This hub speaks the protocol ${spoken.protocol}, not ${protocol}.`)
  }
  if (version < spoken.lowest || version > spoken.highest) {
    throw new Malformed(`This hub speaks the versions ${spoken.lowest} to ${spoken.highest} of that protocol.`)
  }
  return version
}

/** Whether the first record of a WebSocket is that of one who resumes, instead of a handshake. */
export function isSequence(record: string): boolean {
  const value = parsed(record)
  return typeof value === 'object' && value !== null && 'type' in value && value.type === messageTypes.sequence
}

/** Any later record. Throws Malformed. */
export function readMessage(record: string): ClientMessage {
  const value = parsed(record)
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  if (typeof type !== 'number') throw new Malformed('A message is a JSON object with a type, which is a number.')
  switch (type) {
    case messageTypes.invocation: {
      const { target, arguments: given, invocationId, streamIds } = demand(Invocation, value, 'an invocation')
      const takesStreams = (streamIds ?? []).length > 0
      return { kind: 'invocation', target, arguments: given, takesStreams, ...(invocationId ? { invocationId } : {}) }
    }
    case messageTypes.streamInvocation: {
      const { target, invocationId } = demand(StreamInvocation, value, 'a stream invocation')
      return { kind: 'stream-invocation', target, invocationId }
    }
    case messageTypes.ping:
      return { kind: 'ping' }
    case messageTypes.close:
      return { kind: 'close' }
    case messageTypes.ack:
      return { kind: 'ack', ...demand(Place, value, 'an ack') }
    case messageTypes.sequence:
      return { kind: 'sequence', ...demand(Place, value, 'a sequence') }
    default:
      return { kind: 'other', isCounted: countedOthers.has(type) }
  }
}

const countedOthers = new Set<number>([messageTypes.streamItem, messageTypes.completion, messageTypes.cancelInvocation])

function parsed(record: string): unknown {
  try {
    return JSON.parse(record)
  } catch (cause) {
    throw Object.assign(new Malformed('A message is not valid JSON.'), { cause })
  }
}

function demand<T>(check: Check<T>, value: unknown, what: string): T {
  const checked = check(value)
  if (checked.ok) return checked.value
  throw new Malformed(`This is not ${what}: ${checked.errors.map(({ message }) => message).join('; ')}.`)
}
