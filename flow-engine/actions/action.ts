import type { Cause } from '../../schemas/cause.ts'
import type { Facts } from '../domain/facts.ts'

/** In which conversation something is done, by which flow or automation, and why. */
export interface Acting {
  workspaceId: string
  conversationId: string
  cause: Cause
  /** Derived from what is done: the same when it is tried again, so that it is done once. */
  key: string
}

/** What became of it. `refused`: it cannot be done here, and trying again would not help; `why` holds no words of a person. */
export type Acted =
  | { outcome: 'done'; message?: { id: string; revision: number }; status?: number; answer?: string }
  | { outcome: 'refused'; why: string }

/** Somebody else's server did not do its part: such a try counts, other than an outage of ours. */
export class Foreign extends Error {
  override name = 'Foreign'
}

/** Does one action. Throws where another try may do better: nothing answers, or the log is away. */
export type Act<A> = (action: A, acting: Acting, facts: Facts) => Promise<Acted>
