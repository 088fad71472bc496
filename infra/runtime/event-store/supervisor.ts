import type { EventStoreDBClient } from '@eventstore/db-client'
import { comparePositions, type LogPosition } from '../../../schemas/envelope.ts'
import { type Feed, openFeed } from './feed.ts'
import type { Intake } from './intake.ts'
import type { LogSink } from './sink.ts'
import { backoff, pause } from './time-limit.ts'

export interface SupervisorOptions {
  client: EventStoreDBClient
  head(): Promise<LogPosition | undefined>
  logger: LogSink
  /** After so long a silence, in ms, the log is asked whether the feed has missed anything. */
  silenceMs: number
}

/** Keeps a feed on the intake, for ever: opens another, with jitter, whenever one breaks or has fallen silent. Never throws. */
export async function supervise(
  { client, head, logger, silenceMs }: SupervisorOptions,
  { intake, prefixes, fromEnd, signal }: { intake: Intake; prefixes: string[]; fromEnd: boolean; signal: AbortSignal },
): Promise<void> {
  let placed = !fromEnd
  for (let failures = 0; !signal.aborted; ) {
    const before = intake.end
    const since = Date.now()
    let reason: string
    try {
      const last = await head()
      if (!placed) intake.end = last
      placed = true
      reason = await attend(await openFeed({ client, intake, prefixes, head: last }), last)
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
    }
    if (signal.aborted) return
    failures = intake.end !== before || Date.now() - since > 60_000 ? 0 : failures + 1
    const report = failures < 2 || reason === quiet ? logger.debug : logger.warn
    report.call(logger, { reason, failures }, 'The subscription to the log ended; it goes on where it was')
    if (reason !== quiet) await pause(backoff(failures), signal)
  }

  /** Waits for the end of a feed, and brings it about when it is silent although the log has gone on. */
  async function attend(feed: Feed, opened: LogPosition | undefined): Promise<string> {
    const dismiss = () => feed.close('nobody listens any more')
    signal.addEventListener('abort', dismiss, { once: true })
    if (signal.aborted) dismiss()
    let asked = false
    const check = async () => {
      if (asked || intake.size > 0 || Date.now() - feed.heardAt() < silenceMs) return
      asked = true
      const last = await head()
      asked = false
      if (last && opened && comparePositions(last, opened) < 0) {
        logger.warn({ last, opened }, 'The log is shorter than it was: has another one taken its place?')
      }
      const behind = last && (!intake.end || comparePositions(last, intake.end) > 0)
      if (behind && Date.now() - feed.heardAt() >= silenceMs) feed.close(quiet)
    }
    const dog = setInterval(() => {
      check().catch((error: Error) => feed.close(error.message))
    }, silenceMs / 2)
    const reason = await feed.ended
    clearInterval(dog)
    signal.removeEventListener('abort', dismiss)
    return reason
  }
}

/**
 * Not always a fault: a feed of a few nouns hears nothing while others are written, until 32 events have passed. Opened anew, it learns
 * that it is caught up, and so how far the log has been considered.
 */
const quiet = 'it was silent although the log went on'
