import type { FlowAction } from '../../../schemas/flow/actions.ts'
import type { GraphNode } from '../../../schemas/flow/graph.ts'
import type { Facts } from '../facts.ts'
import { fill } from '../text/fill.ts'
import type { Pretended } from './pretended.ts'

/** What an action would do, and how the conversation would stand after it. */
export function pretend({ id: node, action }: Extract<GraphNode, { type: 'action' }>, facts: Facts): Pretended {
  const done = { lines: [{ from: 'flow', node, text: toldOf(action, facts) }], result: { kind: 'done' } } as const
  const plain: Pretended = { facts, lines: [...done.lines], result: done.result, variable: undefined }
  const { conversation } = facts
  const withConversation = (changes: Partial<Facts['conversation']>): Pretended => ({
    ...plain,
    facts: { ...facts, conversation: { ...conversation, ...changes } },
  })
  switch (action.type) {
    case 'reply': {
      const text = fill(action.text, facts)
      if (text.trim() === '') return { ...plain, lines: [], result: { kind: 'refused', why: 'empty-text' } }
      return { ...plain, lines: [{ from: 'bot', node, text }] }
    }
    case 'assign':
      return withConversation({ assignedAgentId: action.agentId })
    case 'tag':
      return withConversation({ tags: [...conversation.tags.filter((tag) => tag !== action.tag), action.tag] })
    case 'untag':
      return withConversation({ tags: conversation.tags.filter((tag) => tag !== action.tag) })
    case 'close':
      return withConversation({ status: 'closed' })
    case 'set_variable':
      return withVariable(plain, action.name, fill(action.value, facts))
    case 'webhook': {
      const answered: Pretended = {
        ...plain,
        result: { kind: 'webhook', status: 200 },
        facts: { ...facts, webhook: { status: 200 } },
      }
      return action.saveAs === undefined ? answered : withVariable(answered, action.saveAs, '')
    }
    case 'handover':
    case 'wait':
    case 'ai_reply':
      return plain
    default:
      return action satisfies never
  }
}

function withVariable(pretended: Pretended, name: string, value: string): Pretended {
  const { facts } = pretended
  return {
    ...pretended,
    variable: { name, value },
    facts: { ...facts, variables: { ...facts.variables, [name]: value } },
  }
}

function toldOf(action: FlowAction, facts: Facts): string {
  switch (action.type) {
    case 'assign':
      return action.agentId === null ? 'unassigns the conversation' : `assigns the conversation to ${action.agentId}`
    case 'tag':
      return `tags the conversation ${action.tag}`
    case 'untag':
      return `takes the tag ${action.tag} off`
    case 'close':
      return 'closes the conversation'
    case 'handover':
      return action.note === undefined
        ? 'leaves the conversation to people'
        : `leaves the conversation to people, and notes: ${fill(action.note, facts)}`
    case 'set_variable':
      return `sets ${action.name} to ${fill(action.value, facts)}`
    case 'webhook':
      return `calls ${action.url}`
    case 'wait':
      return `waits ${action.seconds} s`
    case 'ai_reply':
      return 'answers as the AI suggests'
    case 'reply':
      return ''
    default:
      return action satisfies never
  }
}
