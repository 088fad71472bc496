import type { AutomationTrigger } from '../../schemas/automation/events.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { parseStream } from '../../schemas/streams.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'
import type { AutomationJob } from './job.ts'
import type { Happening } from './judge.ts'
import type { Rules } from './rules.ts'

export interface AutomationReaction {
  rules: Pick<Rules, 'setOffBy' | 'changed'>
  /** Gives what is to be carried out. */
  judge: (happening: Happening) => Promise<AutomationJob[]>
  /** Has the job done; resolves when its run has come to an end that is recorded. */
  settle: (job: AutomationJob) => Promise<void>
}

/** What sets automations off. What is imported happened elsewhere, and long ago: it sets nothing off. */
export function automationReactions({ rules, judge, settle }: AutomationReaction, patience: Patience): Reactions {
  const changed = async ({ meta }: Recorded) => rules.changed(meta.workspaceId)
  const set = async (event: Recorded, trigger: AutomationTrigger, sender?: string) => {
    const { id: eventId, revision, meta, stream } = event
    const about = { workspaceId: meta.workspaceId, conversationId: parseStream(stream)?.id ?? '', eventId, revision }
    const jobs = await patiently(async () => {
      const off = await rules.setOffBy(event, trigger, sender)
      return off.size === 0 ? [] : judge({ ...about, trigger, event, rules: off })
    }, patience)
    await Promise.all(jobs.map(settle))
  }
  return {
    AutomationCreated: changed,
    AutomationUpdated: changed,
    AutomationDeleted: changed,
    async ConversationStarted(event) {
      if (event.data.occurredAt === undefined) await set(event, 'conversation_started')
    },
    async MessageSent(event) {
      if (event.data.occurredAt === undefined) await set(event, 'message_received', event.data.senderType)
    },
    ConversationAssigned: (event) => set(event, 'conversation_assigned'),
    async ConversationClosed(event) {
      if (event.data.occurredAt === undefined) await set(event, 'conversation_resolved')
    },
    ConversationTagged: (event) => set(event, 'conversation_tagged'),
  }
}
