import { isDeepStrictEqual } from 'node:util'
import { v5 as uuidV5 } from 'uuid'
import type { EventLog } from '../../../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../../schemas/envelope.ts'
import type { FlowRunEvent } from '../../../schemas/flow-run/events.ts'
import { note, type Outcome } from './course.ts'
import type { Receiver } from './receiver.ts'
import type { Visit } from './visitors.ts'

export interface Verdict {
  /** How often each end came. */
  ends: Record<string, number>
  steps: number
  messages: number
  /** Deliveries that webhooks were owed, and how many came more than once. */
  deliveries: { owed: number; again: number }
  /** Conversations in which something is not as its simulation says. */
  wrong: string[]
}

/** Compares what the log and the receiver of the webhooks have with what the simulation says of each run. */
export async function judge(
  log: EventLog,
  receiver: Receiver,
  visits: readonly Visit[],
  expected: (visit: Visit) => Outcome,
): Promise<Verdict> {
  const verdict: Verdict = { ends: {}, steps: 0, messages: 0, deliveries: { owed: 0, again: 0 }, wrong: [] }
  for (const visit of visits) {
    const { conversationId } = visit
    const wanted = expected(visit)
    const { outcome, runIds, told } = await outcomeIn(log, conversationId)
    const [runId = ''] = runIds
    const wrong = (what: string, ...seen: unknown[]) =>
      verdict.wrong.push(`${conversationId}: ${what}: ${JSON.stringify(seen)}, expected ${JSON.stringify(wanted)}`)
    if (runIds.length !== 1) wrong('not one run', runIds)
    if (told !== 1) wrong('its end was not told once', told)
    const calls = [...receiver.deliveries(conversationId)]
    const owed = wanted.calls.map((step) => uuidV5(`step:${step}`, runId))
    if (!isDeepStrictEqual(calls.map(([id]) => id).sort(), owed.sort())) wrong('other deliveries', calls)
    if (!isDeepStrictEqual({ ...outcome, calls: wanted.calls }, wanted)) wrong('another course', outcome)
    verdict.ends[outcome.end] = (verdict.ends[outcome.end] ?? 0) + 1
    verdict.steps += outcome.path.length
    verdict.messages += outcome.said.length
    verdict.deliveries.owed += owed.length
    verdict.deliveries.again += calls.filter(([, times]) => times > 1).length
  }
  return verdict
}

async function outcomeIn(log: EventLog, conversationId: string) {
  const outcome: Outcome = { path: [], said: [], calls: [], tags: [], end: '' }
  const runIds: string[] = []
  let told = 0
  for await (const event of log.readStream(`conversation-${conversationId}`)) {
    const { type, data } = event as RecordedEach<ConversationEvent>
    if (type === 'ConversationFlowStarted') runIds.push(data.runId)
    if (type === 'ConversationFlowEnded') told += 1
    if (type === 'MessageSent' && data.senderType === 'bot') outcome.said.push(data.content)
    if (type === 'ConversationTagged') outcome.tags.push(data.tag)
  }
  for (const runId of runIds) {
    for await (const event of log.readStream(`flowRun-${runId}`)) note(outcome, event as RecordedEach<FlowRunEvent>)
  }
  return { outcome, runIds, told }
}
