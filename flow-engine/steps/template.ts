import type { GraphNode } from '../../schemas/flow/graph.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'
import { ask } from '../actions/ask.ts'
import { cut, type Send } from '../actions/message.ts'
import type { Facts } from '../domain/facts.ts'
import { wordsOfTemplate } from '../domain/text/template.ts'
import { placeholdersIn, variablesIn } from '../domain/text/variables.ts'
import { namesIn, refused, type Stepped, type Stepping } from './step.ts'

export interface TemplateTools {
  /** Undefined where it was deleted, or never was. */
  template: (workspaceId: string, id: string) => Promise<TemplateFacts | undefined>
  send: Send
}

/** Characters of a parameter of a template of WhatsApp. */
const longestParameter = 4096

type TemplateNode = Extract<GraphNode, { type: 'template' }>

/** Sends a message template: its buttons are quick replies, on WhatsApp it is the approved template that it names. */
export async function sendTemplate(
  { template, send }: TemplateTools,
  node: TemplateNode,
  stepping: Stepping,
): Promise<Stepped> {
  const { sent, workspaceId, cause } = stepping
  if (sent !== undefined) return { result: { kind: 'sent', ...sent } }
  const found = await template(workspaceId, node.templateId)
  if (found === undefined) return refused('missing-template')
  const named = namesIn(found.body, ...Object.values(node.variables))
  const facts = await stepping.facts(found.whatsapp === null ? named : 'all')
  const body = { ...bodyOf(found, node, facts), senderType: 'bot', senderId: cause.bot }
  if (body.contentType === 'text' && body.content.trim() === '') return refused('empty-text')
  const answer = await ask(send, stepping, { body })
  if (!('heard' in answer)) return refused(answer.why)
  // Its words have changed since the first try: what that sent is found in the conversation by the next.
  if (answer.heard === undefined) throw new Error('The message of this step was sent before, in other words.')
  const { id: messageId, revision } = answer.heard.body
  return { result: { kind: 'sent', messageId, revision } }
}

function bodyOf({ body, buttons: labels, whatsapp }: TemplateFacts, { variables }: TemplateNode, facts: Facts) {
  const content = cut(wordsOfTemplate(body, facts, variables))
  const buttons = labels.map(({ label, value = label }) => ({ label, value }))
  const approved =
    whatsapp === null || facts.conversation.channel !== 'whatsapp'
      ? {}
      : { whatsappTemplate: { ...whatsapp, parameters: parametersOf(body, variables, facts), buttons } }
  if (buttons.length === 0) return { contentType: 'text' as const, content, ...approved }
  return { contentType: 'quick_button' as const, content, richMedia: { buttons }, ...approved }
}

/** The values of the variables of the body, each once, in their order; what has none is as the body has it where it first names it. */
function parametersOf(body: string, variables: Readonly<Record<string, string>>, facts: Facts): string[] {
  const known = placeholdersIn(body)
  return variablesIn(body).map((name) => {
    const value = cut(wordsOfTemplate(`{{${name}}}`, facts, variables), longestParameter)
    return value === '' ? (known.find((one) => one.name === name)?.default ?? '') : value
  })
}
