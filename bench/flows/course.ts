import { rateOf } from '../figure.ts'
import { openHouse, poster } from '../house.ts'
import { cpuOf } from './cpu.ts'
import { type Ends, followEnds } from './ends.ts'

/** Nodes that each run passes through after the visitor's first word. */
export const stepsEach = 10

/** A stack with a flow of ten steps, and runs of it that wait for a word. */
export interface Course {
  ends: Ends
  /** So many conversations, each with a run that has asked its question. */
  waiting(count: number): Promise<string[]>
  /** The visitor answers. */
  say(conversationId: string, text: string): Promise<void>
  /** The process that does the steps. */
  engine(): { pid: number; origin: string }
  /** Seconds of CPU of each process so far. */
  cpu(): Promise<Map<string, number>>
  redisUrl: string
  concurrency: number
  close(): Promise<void>
}

const inFlight = 32
/** Conversations that are started at once. */
const together = 64
const services = [
  ...(['event-store', 'postgres', 'redis', 'command-api', 'query-api', 'projectors', 'flow-engine'] as const),
]

export async function openCourse(env: Record<string, string> = {}): Promise<Course> {
  const house = await openHouse(services, env)
  const { stack, agentToken } = house
  const post = poster(stack.url('command-api'))
  const template = async (name: string, buttons: { label: string }[] = []) =>
    String(
      (await post('/chat-flow/templates/', { name, body: `${name} {{variables.word | }}`, buttons }, agentToken)).id,
    )
  const [ask, again] = [await template('ask', [{ label: 'Go' }]), await template('again', [{ label: 'Go' }])]
  const flowId = String((await post('/chat-flow/flows/', flowOf(ask, again), agentToken)).id)
  const ends = await followEnds(stack.config)
  return {
    ends,
    async waiting(count) {
      const conversations: string[] = []
      while (conversations.length < count) {
        conversations.push(...(await house.start(Math.min(together, count - conversations.length))))
      }
      const waiting = ends.waiting(count)
      await rateOf(count, inFlight, async (n) => {
        await post(`/chat-flow/flows/${flowId}/start/`, { conversation_id: conversations[n] }, agentToken)
      })
      await waiting
      return conversations
    },
    async say(conversationId, text) {
      await post(`/api/conversations/${conversationId}/messages`, { content: text, senderType: 'visitor' })
    },
    engine() {
      const pid = stack.pid('flow-engine')
      if (pid === undefined) throw new Error('flow-engine has died')
      return { pid, origin: stack.url('flow-engine') }
    },
    cpu: () => cpuOf(stack, services),
    redisUrl: stack.config.redisUrl,
    concurrency: stack.config.flowConcurrency,
    async close() {
      await ends.close()
      await house.close()
    },
  }
}

/** A question; then ten steps: five that only the run knows of, four in the conversation, and a last message. */
function flowOf(ask: string, again: string) {
  const actions = [
    { type: 'set_variable', name: 'word', value: '{{reply}}' },
    { type: 'tag', tag: 'one' },
    { type: 'set_variable', name: 'second', value: '{{word}}!' },
    { type: 'reply', text: 'You said {{word}}' },
    { type: 'set_variable', name: 'third', value: '{{second}}!' },
    { type: 'untag', tag: 'one' },
    { type: 'reply', text: 'And then {{third}}' },
    { type: 'set_variable', name: 'fourth', value: '{{contact.name | nobody}}' },
  ]
  const data = { field: 'variables.word', op: 'exists' }
  const nodes = [
    { id: 'ask', type: 'template', data: { template_id: ask } },
    { id: 'known?', type: 'condition', data },
    ...actions.map((action, n) => ({ id: `do-${n}`, type: 'action', data: { action } })),
    { id: 'again', type: 'template', data: { template_id: again } },
  ]
  const way = ['ask', 'do-0', 'known?', ...actions.slice(1).map((_, n) => `do-${n + 1}`), 'again']
  const edges = way.slice(1).map((target, n) => {
    const source = way[n]
    const label = source === 'known?' ? 'True' : 'Any'
    return { id: `${source}-${target}`, source, target, label }
  })
  return { name: 'Course', is_active: true, start_template: ask, flow_data: { nodes, edges } }
}
