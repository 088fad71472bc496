import { backoff, pause } from '../../infra/runtime/event-store/time-limit.ts'
import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { Routed } from '../../schemas/assignment/resource.ts'
import type { Reactions } from '../reactor.ts'

export interface AssignerOptions {
  /** POST /internal/workspaces/{id}/route */
  route: (workspaceId: string) => Promise<Routed>
  logger: Logger
  failed: (error: unknown, failures: number) => void
  signal: AbortSignal
}

/** Events of one moment are one reason to assign. */
const together = 30
/** Workspaces that are assigned at the same time. */
const lanes = 8

/**
 * Has what waits in a workspace assigned whenever something happened that may matter. It is about how things stand, not about the event:
 * so it needs no memory of events, and any number of them is one call.
 */
export class Assigner {
  readonly #options: AssignerOptions
  readonly #queue = new KeyedQueue()
  /** What is on its way, and whether something has happened since it was asked. */
  readonly #due = new Map<string, { again: boolean }>()
  /** Workspaces that do not assign by themselves, until their settings change. */
  readonly #off = new Set<string>()

  constructor(options: AssignerOptions) {
    this.#options = options
  }

  /** Something happened there. */
  wake(workspaceId: string): void {
    const due = this.#due.get(workspaceId)
    if (due !== undefined) due.again = true
    else if (!this.#off.has(workspaceId)) void this.#settle(workspaceId)
  }

  /** What the workspace is set to has changed. */
  reconsider(workspaceId: string): void {
    this.#off.delete(workspaceId)
    this.wake(workspaceId)
  }

  /** Calls until nothing more can be assigned and nothing has happened meanwhile, however long that takes. */
  async #settle(workspaceId: string): Promise<void> {
    const { signal, failed } = this.#options
    const due = { again: false }
    this.#due.set(workspaceId, due)
    let wait = together
    for (let failures = 0; ; ) {
      await pause(wait, signal)
      if (signal.aborted) return
      due.again = false
      try {
        const { mode, again } = await this.routeOnce(workspaceId)
        if (mode === 'off') this.#off.add(workspaceId)
        else this.#off.delete(workspaceId)
        if (!again && !due.again) break
        failures = 0
        wait = again ? 0 : together
      } catch (error) {
        failures += 1
        failed(error, failures)
        wait = backoff(failures)
      }
    }
    this.#due.delete(workspaceId)
  }

  async routeOnce(workspaceId: string): Promise<Routed> {
    const { route, logger } = this.#options
    const routed = await this.#queue.run(laneOf(workspaceId), () => route(workspaceId))
    const [assigned, released] = [routed.assigned.length, routed.released.length]
    if (assigned + released > 0) logger.info({ workspaceId, assigned, released }, 'assigned what waited')
    return routed
  }
}

const laneOf = (workspaceId: string) => String(Number.parseInt(workspaceId.slice(0, 4), 16) % lanes)

/**
 * Whatever may change who waits or who is free. A conversation that begins, or that a flow has left, is not in it: there flows come
 * first, and say when they are done (reactions/flows.ts).
 */
export function assignReactions(assigner: Pick<Assigner, 'wake' | 'reconsider'>): Reactions {
  const wake = async ({ meta }: { meta: { workspaceId: string } }) => assigner.wake(meta.workspaceId)
  return {
    ConversationParked: wake,
    ConversationResumed: wake,
    ConversationUnassigned: wake,
    ConversationClosed: wake,
    AgentAdded: wake,
    AgentAvailabilityChanged: wake,
    WidgetUpdated: wake,
    ChannelUpdated: wake,
    WorkspaceSettingsChanged: async ({ meta }) => assigner.reconsider(meta.workspaceId),
  }
}
