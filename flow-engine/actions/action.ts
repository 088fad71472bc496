import type { Cause } from '../../schemas/cause.ts'

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

/** Does one action. Throws where another try may do better: nothing answers, or the log is away. */
export type Act<A> = (action: A, acting: Acting, facts: Facts) => Promise<Acted>

/** What conditions look at and texts may show ({{contact.name}}), gathered where it is needed. */
export interface Facts {
  reply: string | null
  message: { content: string; senderType: string; contentType: string } | null
  contact: {
    name: string | null
    email: string | null
    phone: string | null
    attributes: Readonly<Record<string, unknown>>
  }
  conversation: {
    status: string
    channel: string
    tags: readonly string[]
    assignedAgentId: string | null
    widgetId: string | null
    channelId: string | null
    metadata: Readonly<Record<string, unknown>>
  }
  variables: Readonly<Record<string, string>>
  webhook: { status: number | null }
}
