import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { Caller } from '../../schemas/caller.ts'
import { conversationCommands } from '../../schemas/conversation/command-routes.ts'
import { Conversation } from '../../schemas/conversation/resource.ts'
import type { LogPosition } from '../../schemas/envelope.ts'

/** Longest that looking at a conversation waits for the note that somebody has. */
const timeoutMs = 2000

/** Records that an agent has read a conversation; gives the conversation after that, or undefined where it could not be recorded. */
export type RecordRead = (
  caller: Caller,
  conversationId: string,
  traceId: string,
) => Promise<{ conversation: Conversation; position: LogPosition | undefined } | undefined>

/** Through command-api, as everything that changes something. Reading goes on without it: that it could not be recorded is logged. */
export function createRecordRead(commandApi: Service, logger: Pick<Logger, 'warn'>): RecordRead {
  const read = serviceCall(commandApi, conversationCommands.read, Conversation)
  return async (caller, conversationId, traceId) => {
    try {
      const { body, position } = await read({ caller, params: { id: conversationId }, body: {}, traceId, timeoutMs })
      return { conversation: body, position }
    } catch (error) {
      logger.warn({ error, conversationId }, 'that an agent has read a conversation could not be recorded')
      return undefined
    }
  }
}
