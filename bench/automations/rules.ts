import { type House, openHouse, poster } from '../house.ts'

export const services = [
  ...(['event-store', 'postgres', 'redis', 'command-api', 'query-api', 'projectors', 'flow-engine'] as const),
]

/** A stack with rules on the visitors' messages, each of which answers another word. */
export interface Rules {
  house: House
  /** Conversations to write to. */
  talks(count: number): Promise<string[]>
  /** Something that one rule answers. */
  say(conversationId: string, n: number): Promise<void>
}

/** Conversations that are started at once. */
const together = 64

export async function openRules(count: number): Promise<Rules> {
  const house = await openHouse(services)
  const { stack, agentToken } = house
  const post = poster(stack.url('command-api'))
  for (let n = 0; n < count; n++) {
    const conditions = [{ field: 'message.content', op: 'contains', value: wordOf(n) }]
    const actions = [{ type: 'reply', text: `Hi {{contact.name | there}}, you ask for ${wordOf(n)}.` }]
    await post('/api/automations', { name: wordOf(n), trigger: 'message_received', conditions, actions }, agentToken)
  }
  const send = async (id: string, content: string) => {
    await post(`/api/conversations/${id}/messages`, { content, senderType: 'visitor' })
  }
  return {
    house,
    async talks(wanted) {
      const talks: string[] = []
      while (talks.length < wanted) talks.push(...(await house.start(Math.min(together, wanted - talks.length))))
      return talks
    },
    say: (id, n) => send(id, `I want ${wordOf(n % count)}, please.`),
  }
}

/** None is part of another. */
const wordOf = (n: number) => `thing ${String.fromCharCode(97 + (n % 26))}${Math.floor(n / 26)}`
