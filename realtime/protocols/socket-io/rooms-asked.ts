import type { ServerFrame } from '../../../schemas/realtime/frames.ts'
import type { JoinRequest, Session } from '../../session.ts'
import { Errand } from './errand.ts'

/** The rooms that one socket is entering: settles what was asked about them from what the core says. */
export class RoomsAsked {
  readonly #session: Session
  readonly #entering = new Map<string, Errand>()

  constructor(session: Session) {
    this.#session = session
  }

  /** `id`: what the acknowledgement says. */
  join(request: Omit<JoinRequest, 'ref'>, id: string): Errand {
    const errand = new Errand(id)
    this.#drop(request.room, 'It was joined anew meanwhile.')
    this.#entering.set(request.room, errand)
    this.#session.join({ ...request, ref: errand })
    return errand
  }

  leave(room: string, id: string): Errand {
    const errand = new Errand(id)
    this.#session.leave(room, errand)
    return errand
  }

  /** What the core says. False when a room has fallen that nobody asks about: the client must come again, and would not know. */
  heed(frame: ServerFrame): boolean {
    switch (frame.type) {
      case 'joined':
        if (frame.ref instanceof Errand) frame.ref.enter()
        return true
      case 'live':
        this.#entering.get(frame.room)?.done(placeOf(frame))
        this.#entering.delete(frame.room)
        return true
      case 'left':
        this.#drop(frame.room, 'It was left meanwhile.')
        if (frame.ref instanceof Errand) frame.ref.done()
        return true
      case 'error':
        if (!(frame.ref instanceof Errand)) return frame.room === undefined
        frame.ref.fail(frame.message)
        if (this.#entering.get(frame.room ?? '') === frame.ref) this.#entering.delete(frame.room ?? '')
        return true
      default:
        return true
    }
  }

  /** The connection has ended. */
  end(): void {
    for (const room of [...this.#entering.keys()]) this.#drop(room, 'The connection has ended.')
  }

  #drop(room: string, why: string): void {
    this.#entering.get(room)?.fail(why)
    this.#entering.delete(room)
  }
}

function placeOf(frame: Extract<ServerFrame, { type: 'live' }>): { revision?: number; position?: string } {
  if ('revision' in frame) return { revision: frame.revision }
  return 'position' in frame ? { position: frame.position } : {}
}
