import { type EventStoreDBClient, type ResolvedEvent, START, streamNameFilter } from '@eventstore/db-client'
import { comparePositions, type LogPosition } from '../../../schemas/envelope.ts'
import { storedOf } from './client.ts'
import type { Intake } from './intake.ts'

/** One subscription of the client, from its opening to its end. */
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

/** Opens a subscription to `$all` that fills the intake, from the intake's end. */
export function openFeed({ client, intake, prefixes, head }: FeedOptions): Feed {
  let heard = Date.now()
  let open = true
  let finish: (reason: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => {
    finish = resolve
  })
  // The client tells of a checkpoint ahead of the events that it still holds; it counts when those have arrived.
  let arrived = 0
  let checkpoint: { position: LogPosition; after: number } | undefined
  let caughtUpAfter: number | undefined

  const settle = () => {
    if (checkpoint && arrived >= checkpoint.after) {
      intake.advance(checkpoint.position)
      checkpoint = undefined
    }
    if (caughtUpAfter !== undefined && arrived >= caughtUpAfter) {
      caughtUpAfter = undefined
      if (head) intake.advance(head)
      intake.becomeLive()
    }
    if (!head || (intake.end && comparePositions(intake.end, head) >= 0)) intake.becomeLive()
  }

  /** Runs when the feed brings something; a feed that was closed is heard no more. */
  const on = (what: () => void) => {
    if (!open) return
    heard = Date.now()
    what()
    settle()
  }

  const subscription = client.subscribeToAll(
    {
      fromPosition: intake.end ?? START,
      filter: streamNameFilter({
        prefixes,
        checkpointInterval: 1,
        checkpointReached: async (_, position) =>
          on(() => {
            checkpoint = { position, after: arrived + subscription.readableLength }
          }),
      }),
    },
    { highWaterMark: 512 },
  )

  const close = (reason: string) => {
    if (!open) return
    open = false
    // Rejects when the call was never opened; then there is nothing to end.
    subscription.unsubscribe().catch(() => finish(reason))
    finish(reason)
  }

  // On a lost connection only `error` fires, and nothing resubscribes. It is heard to the last: the client may fail once more when closed.
  subscription.on('error', (error: Error) => close(error.message))
  subscription.on('end', () => close('the store ended it'))
  subscription.on('close', () => close('it was closed'))
  subscription.on('confirmation', () => on(() => undefined))
  subscription.on('caughtUp', () =>
    on(() => {
      caughtUpAfter = arrived + subscription.readableLength
    }),
  )
  subscription.on('data', (resolved: ResolvedEvent) =>
    on(() => {
      arrived += 1
      const event = storedOf(resolved)
      if (event) intake.push(event)
    }),
  )
  intake.attach(subscription)
  return { ended, heardAt: () => heard, close }
}
