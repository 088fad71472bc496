import type { EventStoreDBClient } from '@eventstore/db-client'
import type { Answer, RawEvent } from './answer.ts'
import { openRead } from './client.ts'
import { LogUnavailable } from './log.ts'
import { readRequest } from './request.ts'

/** The whole log, or one stream, from its beginning, in the store's bytes. Throws LogUnavailable. */
export async function* readRaw(client: EventStoreDBClient, stream?: string): AsyncGenerator<RawEvent> {
  let call: Awaited<ReturnType<typeof openRead>> | undefined
  try {
    call = await openRead(client, readRequest(stream))
    const answers: AsyncIterable<Answer> = call
    for await (const answer of answers) if (answer.kind === 'event') yield answer.event
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LogUnavailable(`The event store cannot be read: ${reason}`, { cause: error })
  } finally {
    call?.on('error', () => call?.destroy())
    call?.cancel()
  }
}
