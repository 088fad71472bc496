import type { Caller } from '../../../schemas/caller.ts'
import type { Carrier } from './carrier.ts'
import type { Trail } from './trail.ts'

/** How long after something was sent the client is asked whether it has come; with it, what is sent meanwhile. */
const askAfterMs = 250

export interface FollowerOptions {
  trail: Trail
  connectionId: string
  caller: Caller
  /** What carries the connection now, and everything that was sent; undefined where nothing does. */
  carrier: () => Carrier | undefined
}

/** Leaves the trail of one connection, in the conversations that it joined without saying what it has of them. */
export class Follower {
  readonly #options: FollowerOptions
  /** Up to where each conversation was sent. */
  readonly #sent = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** What an earlier connection of the same person, which broke, has of the conversation. */
  async begin(conversationId: string): Promise<number | undefined> {
    const { trail, connectionId } = this.#options
    const revision = await trail.takeOver(this.#keyOf(conversationId), connectionId)
    if (revision !== undefined) this.#sent.set(conversationId, revision)
    return revision
  }

  /** It begins here: what came before, the client has or does not want. */
  entered(conversationId: string, revision: number): void {
    this.#sent.set(conversationId, revision)
    this.#keep(conversationId, revision)
  }

  /** Everything up to here has been sent. */
  moved(conversationId: string, revision: number): void {
    this.#sent.set(conversationId, revision)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.refresh()
    }, askAfterMs).unref()
  }

  left(conversationId: string): void {
    if (!this.#sent.delete(conversationId)) return
    const { trail, connectionId } = this.#options
    trail.forget(this.#keyOf(conversationId), connectionId)
  }

  /** Asks whether what was sent has come. Once in a while too when nothing was: what is not said again is forgotten. */
  refresh(): void {
    const sent = [...this.#sent]
    if (sent.length === 0) return
    this.#options.carrier()?.confirm(() => {
      for (const [conversationId, revision] of sent) {
        if (this.#sent.has(conversationId)) this.#keep(conversationId, revision)
      }
    })
  }

  /** The connection is over. Of a client that said goodbye nothing is kept. */
  end(isGoodbye: boolean): void {
    clearTimeout(this.#timer)
    if (isGoodbye) for (const conversationId of [...this.#sent.keys()]) this.left(conversationId)
    this.#sent.clear()
  }

  #keep(conversationId: string, revision: number): void {
    const { trail, connectionId } = this.#options
    trail.keep(this.#keyOf(conversationId), connectionId, revision)
  }

  #keyOf(conversationId: string): string {
    return `${conversationId} ${personOf(this.#options.caller)}`
  }
}

/** All who come as its visitor are one in a conversation. */
function personOf(caller: Caller): string {
  return caller.kind === 'agent' || caller.kind === 'apiKey' ? `${caller.kind}:${caller.id}` : 'visitor'
}
