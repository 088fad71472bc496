import type { GraphNode } from '../../../schemas/flow/graph.ts'
import type { TemplateFacts } from '../../../schemas/template/events.ts'
import type { Facts } from '../facts.ts'
import { wordsOfTemplate } from '../text/template.ts'
import type { Pretended } from './pretended.ts'

/** The message that a template node would send. */
export function say(
  { id: node, variables }: Extract<GraphNode, { type: 'template' }>,
  template: Pick<TemplateFacts, 'body' | 'buttons'> | undefined,
  facts: Facts,
  sent: { messageId: string; revision: number },
): Pretended {
  if (template === undefined) {
    return { facts, lines: [], result: { kind: 'refused', why: 'missing-template' }, variable: undefined }
  }
  const text = wordsOfTemplate(template.body, facts, variables)
  const buttons = template.buttons.map(({ label }) => label)
  if (text.trim() === '' && buttons.length === 0) {
    return { facts, lines: [], result: { kind: 'refused', why: 'empty-text' }, variable: undefined }
  }
  const line = { from: 'bot', node, text, ...(buttons.length === 0 ? {} : { buttons }) } as const
  return { facts, lines: [line], result: { kind: 'sent', ...sent }, variable: undefined }
}
