import type { EventStoreDBClient } from '@eventstore/db-client'
import { comparePositions, type LogPosition } from '../../../schemas/envelope.ts'
import type { Answer, RawEvent } from './answer.ts'
import { openRead } from './client.ts'
import type { Intake } from './intake.ts'
import { subscribeRequest } from './request.ts'
import type { StoredEvent } from './stored.ts'

/** One subscription to `$all`, from its opening to its end. */
export interface Feed {
  /** Resolves, with the reason, when it has broken or was closed. */
  readonly ended: Promise<string>
  /** When it last brought anything, in ms since the epoch. */
  heardAt(): number
  close(reason: string): void
}

export interface FeedOptions {
  client: EventStoreDBClient
  intake: Intake
  /** Only streams whose names begin so. */
  prefixes: string[]
  /** Where the log ended before this feed was opened: whoever has come so far is caught up. */
  head: LogPosition | undefined
}

/** Opens a subscription to `$all` that fills the intake, from the intake's end. Throws when the store cannot be reached. */
export async function openFeed({ client, intake, prefixes, head }: FeedOptions): Promise<Feed> {
  const call = await openRead(client, subscribeRequest(intake.end, prefixes))
  let heard = Date.now()
  let open = true
  let finish: (reason: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => {
    finish = resolve
  })

  const close = (reason: string) => {
    if (!open) return
    open = false
    call.cancel()
    finish(reason)
  }

  const hear = (answer: Answer) => {
    if (!open) return
    heard = Date.now()
    if (answer.kind === 'event') intake.push(storedOf(answer.event))
    else if (answer.kind === 'checkpoint') intake.advance(answer.position)
    else if (answer.kind === 'caught-up' && head) intake.advance(head)
    if (answer.kind === 'caught-up' || !head || (intake.end && comparePositions(intake.end, head) >= 0)) {
      intake.becomeLive()
    }
  }

  // `error` is heard to the last: a call that was cancelled fails once more.
  call.on('error', (error: Error) => close(error.message))
  call.on('end', () => close('the store ended it'))
  call.on('close', () => close('it was closed'))
  call.on('data', hear)
  intake.attach(call)
  return { ended, heardAt: () => heard, close }
}

function storedOf({ data, metadata, json, ...event }: RawEvent): StoredEvent {
  return { ...event, data: json ? parsed(data) : data, metadata: parsed(metadata) }
}

/** What cannot be parsed stays text; the decoder then says what is wrong with it, in its place. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
