import type { Meters } from '../../meters.ts'
import { Call, type createWishReader, type Outcome } from './calls.ts'
import type { ClientMessage } from './client-message.ts'
import type { HubRooms } from './hub-rooms.ts'
import { errorPacket, type Packet, resultPacket } from './packet.ts'

type Invocation = Extract<ClientMessage, { kind: 'invocation' | 'stream-invocation' }>

export interface InvocationsOptions {
  rooms: HubRooms
  meters: Meters
  readWish: ReturnType<typeof createWishReader>
  send: (packet: Packet) => void
}

/** What a client calls, and what it is answered: each invocation with an id once, with a result or a sentence. */
export class Invocations {
  readonly #options: InvocationsOptions

  constructor(options: InvocationsOptions) {
    this.#options = options
  }

  invoke(message: Invocation): void {
    const { rooms, meters, readWish } = this.#options
    const call = new Call((outcome) => this.#answer(message.invocationId, outcome))
    if (message.kind === 'stream-invocation' || message.takesStreams) {
      meters.framesRefused.inc({ code: 'unknown-type' })
      call.fail('The methods of this hub neither take nor give streams.')
      return
    }
    const read = readWish(message.target, message.arguments)
    if (read.ok) {
      meters.framesReceived.inc({ type: read.wish.method })
      rooms.obey(read.wish, call)
    } else {
      meters.framesRefused.inc({ code: 'validation' })
      call.fail(read.message)
    }
  }

  #answer(invocationId: string | undefined, outcome: Outcome): void {
    if (invocationId === undefined) return
    const { send } = this.#options
    if ('error' in outcome) send(errorPacket(invocationId, outcome.error))
    else send(resultPacket(invocationId, outcome.result))
  }
}
