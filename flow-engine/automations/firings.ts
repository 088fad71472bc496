import { LRUCache } from 'lru-cache'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { streamOf } from '../../schemas/streams.ts'
import { maxAutomatic } from '../domain/automations/decide.ts'
import { type AutomationJob, occasionIdOf } from './job.ts'
import { verdictsIn } from './runs.ts'

export interface Since extends Pick<AutomationJob, 'conversationId' | 'revision'> {
  /** How many events there have been since a person did something, this one counted. */
  automatic: number
}

export interface Firings {
  /** How often each rule fired, by its id. */
  fired: ReadonlyMap<string, number>
  /** Whether any was stopped before. */
  isStopped: boolean
}

type Judged = { fired: readonly string[]; isStopped: boolean }

/** Occasions that are kept: what was judged stays. */
const kept = 5000

/**
 * What became of the rules in a conversation from the latest event of a person until just before an event. Counted by what the log says was
 * judged, and not by what has been done so far: of rules that answer each other, many fire before the answers of the first are there. And so
 * it is the same after a restart, and for whoever leads then.
 */
export function createFirings(log: Pick<EventLog, 'readStream'>): (since: Since) => Promise<Firings> {
  const known = new LRUCache<string, Judged>({ max: kept })

  const judgedOf = async (eventId: string): Promise<Judged> => {
    const id = occasionIdOf({ automationId: '', trigger: 'message_received', eventId })
    const verdicts = known.has(id) ? undefined : await verdictsIn(log, id)
    // Nothing was set off by it, or not yet: nobody can tell, so that it is looked up again.
    if (verdicts === undefined) return known.get(id) ?? { fired: [], isStopped: false }
    const judged = {
      fired: verdicts.filter((verdict) => !('why' in verdict)).map(({ automationId }) => automationId),
      isStopped: verdicts.some((verdict) => 'why' in verdict && verdict.why === 'too-deep'),
    }
    known.set(id, judged)
    return judged
  }

  return async ({ conversationId, revision, automatic }) => {
    const fired = new Map<string, number>()
    let isStopped = false
    // After more than that nothing fires, so that there is nothing to count.
    const from = Math.max(0, revision - Math.min(automatic, maxAutomatic))
    if (from === revision) return { fired, isStopped }
    for await (const event of log.readStream(streamOf('conversation', conversationId), {
      from,
      max: revision - from,
    })) {
      if (!settingOff.has(event.type)) continue
      const judged = await judgedOf(event.id)
      for (const id of judged.fired) fired.set(id, (fired.get(id) ?? 0) + 1)
      isStopped ||= judged.isStopped
    }
    return { fired, isStopped }
  }
}

/** What sets rules off (reactions.ts). */
const settingOff: ReadonlySet<string> = new Set<ConversationEvent['type']>([
  'ConversationStarted',
  'MessageSent',
  'ConversationAssigned',
  'ConversationClosed',
  'ConversationTagged',
])
