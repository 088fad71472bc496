import type { Socket } from 'socket.io'
import { type CloseReason, closeCodes, type ServerFrame } from '../../../schemas/realtime/frames.ts'
import type { SocketAck } from '../../../schemas/realtime/socket-io.ts'
import { Rejection, type RejectionCode } from '../../../schemas/rejection.ts'
import { Refusal } from '../../access.ts'
import type { Core } from '../../core.ts'
import type { Peer } from '../../peer.ts'
import { type ReadToken, Session } from '../../session.ts'
import type { Arrival } from './arrival.ts'
import type { ReadCommand } from './command.ts'
import { Commands, type CommandTools } from './commands.ts'
import type { EngineLine } from './engine-line.ts'
import { Errand } from './errand.ts'
import { EventPacket } from './packet.ts'
import { RoomsAsked } from './rooms-asked.ts'
import type { Translate } from './translation.ts'

export interface VisitTools extends CommandTools {
  core: Core
  readToken: ReadToken
  readCommand: ReadCommand
  translate: Translate
}

type Reply = (ack: SocketAck) => void

/** Events of one socket that may wait for those before them. */
const maxWaiting = 500

/** One socket: what it asks is done in the order in which it came, and it is told what happens in its rooms. */
export class Visit implements Peer {
  readonly #tools: VisitTools
  readonly #socket: Socket
  readonly #line: EngineLine
  readonly #session: Session
  readonly #rooms: RoomsAsked
  readonly #commands: Commands
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  #isOver = false

  constructor(tools: VisitTools, socket: Socket, line: EngineLine, arrival: Arrival) {
    this.#tools = tools
    this.#socket = socket
    this.#line = line
    this.#session = new Session(tools.core, this, arrival.caller, tools.readToken)
    this.#rooms = new RoomsAsked(this.#session)
    this.#commands = new Commands(tools, arrival, this.#session, this.#rooms)
  }

  get isFull(): boolean {
    return this.#line.isFull
  }

  drained(): Promise<void> | undefined {
    return this.#line.drained()
  }

  deliver(frame: ServerFrame): void {
    for (const packet of this.#tools.translate(frame)) this.#line.send(packet)
    // It would stay connected and hear nothing more: clients that exist know what to do when they have to connect again.
    if (!this.#rooms.heed(frame)) this.#session.close('restart')
  }

  /** Clients of Socket.IO connect again by themselves, unless the server has said that it wants them no more. */
  close(reason: CloseReason): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#tools.core.meters.socketsCut.inc({ reason })
    if (reason === 'slow') this.#line.cut()
    else if (reason === 'restart' || reason === 'overloaded') this.#line.close()
    else {
      this.#say(closeCodes[reason].meaning)
      if (reason === 'expired') this.#line.close()
      else this.#line.closeWith(() => this.#socket.disconnect(true))
    }
  }

  cutAs(reason: 'flood' | 'slow'): void {
    this.#session.close(reason)
  }

  /** An event that the client has sent, with its acknowledgement as the last argument where it wants one. */
  hear(name: string, given: unknown[]): void {
    const reply = takeReply(given)
    if (this.#waiting >= maxWaiting) {
      this.#refuse(new Refusal('unavailable', 'Too much is asked at once; try again.'), reply)
      return
    }
    this.#waiting += 1
    this.#tail = this.#tail.then(async () => {
      await this.#obey(name, given, reply)
      this.#waiting -= 1
    })
  }

  /** The socket has been disconnected. */
  end(): void {
    this.#isOver = true
    this.#session.end()
    this.#rooms.end()
  }

  async #obey(name: string, given: unknown[], reply: Reply): Promise<void> {
    if (this.#isOver) return
    try {
      const command = this.#tools.readCommand(name, given)
      this.#tools.core.meters.framesReceived.inc({ type: command.name })
      const outcome = await this.#commands.obey(command)
      if (outcome instanceof Errand) {
        await outcome.entered
        void outcome.answer.then(reply)
      } else reply(outcome)
    } catch (error) {
      this.#refuse(error, reply)
    }
  }

  #refuse(error: unknown, reply: Reply): void {
    const { meters, logger } = this.#tools.core
    const code = error instanceof Refusal || error instanceof Rejection ? error.code : 'internal'
    meters.framesRefused.inc({ code })
    if (code === 'internal') logger.error({ error }, 'an event of a client could not be dealt with')
    const message = error instanceof Error && code !== 'internal' ? (sentences[code] ?? error.message) : wentWrong
    this.#say(message)
    reply({ ok: false, message })
  }

  #say(message: string): void {
    this.#line.send(new EventPacket({ name: 'error', payload: { message } }))
  }
}

function takeReply(given: unknown[]): Reply {
  const last = given.at(-1)
  if (typeof last !== 'function') return () => undefined
  given.pop()
  return (ack) => void last(ack)
}

const wentWrong = 'Something went wrong; try again.'

/** What clients of document C are told in other words than those of the canonical API. */
const sentences: Partial<Record<RejectionCode | Refusal['code'], string>> = {
  'already-assigned': 'already assigned',
}
