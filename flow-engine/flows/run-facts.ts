import type { Facts } from '../domain/facts.ts'
import type { ActiveRun } from '../domain/run/run.ts'
import type { Scene } from '../domain/scene/scene.ts'
import type { FactsOf } from '../facts.ts'
import type { Streams } from './streams.ts'

export interface FactTools {
  streams: Pick<Streams, 'words'>
  factsOf: FactsOf
}

/** Facts of which at least those are true that are named (`contact.name`, `variables.order_id`); `all`: every one. */
export type FactsFor = (names: readonly string[] | 'all') => Promise<Facts>

/** What a run has gathered itself. Most steps ask for nothing else, and the rest has to be read. */
const ofRun = /^(variables|webhook)\./
/** What has to be read of one message alone. */
const ofReply = /^(reply$|variables\.|webhook\.)/

export function factsOfRun({ streams, factsOf }: FactTools, run: ActiveRun, { heard }: Scene): FactsFor {
  const { conversationId, lastReply, variables, webhookStatus } = run
  const gathered = { variables, webhook: { status: webhookStatus } }
  const said = async () => {
    const last = heard.find(({ messageId }) => messageId === lastReply?.messageId)
    const words = last && (await streams.words(conversationId, last))
    if (words === undefined) return {}
    const { text, contentType } = words
    return { reply: text, message: { content: text, senderType: 'visitor', contentType } }
  }
  return async (names) => {
    if (isAll(names, ofRun)) return { ...nobody, ...gathered }
    if (isAll(names, ofReply)) return { ...nobody, ...gathered, ...(await said()) }
    const known = await factsOf(conversationId)
    return { ...(known?.facts ?? nobody), ...gathered, ...(await said()) }
  }
}

const isAll = (names: readonly string[] | 'all', pattern: RegExp) =>
  names !== 'all' && names.every((name) => pattern.test(name))

const nobody: Facts = {
  reply: null,
  message: null,
  contact: { name: null, email: null, phone: null, attributes: {} },
  conversation: {
    ...{ status: 'open', channel: '', tags: [], assignedAgentId: null, widgetId: null, channelId: null },
    metadata: {},
  },
  variables: {},
  webhook: { status: null },
}
