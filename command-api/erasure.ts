import type { CommandContext, EventLog } from '../infra/runtime/event-store/log.ts'
import type { ServiceCall } from '../infra/runtime/http/service-call.ts'
import type { Vault } from '../infra/runtime/vault/vault.ts'
import { comparePositions, type LogPosition } from '../schemas/envelope.ts'
import { Rejection } from '../schemas/rejection.ts'
import { contact } from './domain/contact/contact.ts'
import { conversation } from './domain/conversation/decide.ts'
import type { Conditions, Handle } from './handle.ts'

export interface ErasureTools {
  handle: Handle
  log: Pick<EventLog, 'head'>
  vault: Pick<Vault, 'erase'>
  /** query-api's list of the conversations of a contact, when all that holds words has seen the log up to where it is told to wait. */
  conversations: ServiceCall<{ data: { id: string }[]; nextCursor: string | null }>
  /** Deletes whatever is stored under names that begin so. */
  deleteFiles: (prefix: string) => Promise<void>
}

export interface Erased {
  /** Of the contact. */
  revision: number
  /** Of the last event of the erasure. */
  position: LogPosition | undefined
}

/** Erases a contact for ever, or finishes what was begun; idempotent. `derive` names the parts of the command. */
export type Erase = (
  contactId: string,
  context: CommandContext,
  options: { derive: (part: string) => string; traceId: string; conditions?: Conditions },
) => Promise<Erased>

const atOnce = 16
/** How often a projection that is late is asked again; it lets each question wait. */
const patience = 5

/**
 * In this order, so that whatever dies in between leaves less than there was, and asking again does the rest
 * (docs/decisions/erasure.md):
 *
 * 1. ContactErased: from here on whoever follows the log opens nothing of the contact any more.
 * 2. The key is dropped: nothing that is sealed under it can be opened, and nothing new be sealed.
 * 3. ConversationErased in each conversation: read models and states let go of their words. A conversation that starts at the same
 *    moment stands in the log before the first step, and is listed; or after it, and whoever starts it finds the contact erased.
 * 4. The files' bytes are deleted.
 * 5. The projections have seen all of it.
 */
export function createErase(tools: ErasureTools): Erase {
  const { handle, log, vault, deleteFiles } = tools
  return async (contactId, context, { derive, traceId, conditions }) => {
    const { revision, position } = await handle(contact, contactId, { type: 'EraseContact' }, context, conditions)
    await vault.erase(contactId)
    const head = await log.head()
    let last = position
    for await (const ids of conversationsOf(tools, contactId, { waitFor: head, traceId })) {
      for (let from = 0; from < ids.length; from += atOnce) {
        const erasing = ids.slice(from, from + atOnce).map((id) => {
          const own = { ...context, commandId: derive(id), request: undefined }
          return handle(conversation, id, { type: 'EraseConversation' }, own)
        })
        for (const erased of await Promise.all(erasing)) last = later(last, erased.position)
      }
    }
    await deleteFiles(`${context.workspaceId}/${contactId}/`)
    await pageOf(tools, contactId, { query: { limit: 1 }, waitFor: last, traceId })
    return { revision, position: last }
  }
}

interface Wish {
  waitFor: LogPosition | undefined
  traceId: string
}

/** Ids, page by page. */
async function* conversationsOf(tools: ErasureTools, contactId: string, wish: Wish): AsyncGenerator<string[]> {
  for (let cursor: string | undefined; ; ) {
    const { data, nextCursor } = await pageOf(tools, contactId, { ...wish, query: { cursor } })
    yield data.map(({ id }) => id)
    if (nextCursor === null) return
    cursor = nextCursor
  }
}

async function pageOf(
  { conversations }: ErasureTools,
  contactId: string,
  wish: Wish & { query: { cursor?: string | undefined; limit?: number } },
) {
  const caller = { kind: 'system', id: 'command-api' } as const
  for (let attempt = 1; ; attempt++) {
    try {
      const { body } = await conversations({ caller, params: { id: contactId }, ...wish })
      return body
    } catch (error) {
      const late = error instanceof Rejection && error.code === 'projection-behind'
      if (!late || attempt === patience) throw error
    }
  }
}

function later(a: LogPosition | undefined, b: LogPosition | undefined): LogPosition | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return comparePositions(a, b) < 0 ? b : a
}
