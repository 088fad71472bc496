import { parseText, placeholdersIn } from '../../flow-engine/domain/text/variables.ts'
import { headersFault } from '../../infra/runtime/http/outbound-headers.ts'
import { urlFault } from '../../infra/runtime/http/outbound-url.ts'
import type { AutomationAction, AutomationFacts } from '../../schemas/automation/events.ts'
import { conditionErrors } from '../../schemas/condition.ts'
import type { FieldError } from '../../schemas/rejection.ts'

/** What of a workspace a rule may name. */
export interface Names {
  isAgent(agentId: string): Promise<boolean>
  isFlow(flowId: string): Promise<boolean>
  /** Whether webhooks may go to private addresses. */
  allowPrivate: boolean
}

/** What a request says of a rule, and the trigger that it has then. */
export type Said = Partial<AutomationFacts> & Pick<AutomationFacts, 'trigger'>

/** What is wrong with a rule beyond its shape: all that could never work, so that nothing of it is stored. */
export async function ruleErrors(said: Said, names: Names): Promise<FieldError[]> {
  const { conditions = [], actions = [] } = said
  const ofActions = await Promise.all(actions.map((action, i) => actionErrors(action, `/actions/${i}`, names)))
  return [
    ...triggerErrors(said),
    ...conditions.flatMap((condition, i) => [
      ...conditionErrors(condition, `/conditions/${i}`),
      ...fieldErrors(condition.field, `/conditions/${i}/field`),
    ]),
    ...ofActions.flat(),
  ]
}

function triggerErrors({ trigger, minutes, senders }: Said): FieldError[] {
  const errors: FieldError[] = []
  const wrong = (path: string, message: string) => errors.push({ path, message })
  if (trigger === 'no_reply' && minutes === undefined) wrong('/minutes', 'minutes is required for no_reply')
  if (trigger !== 'no_reply' && minutes !== undefined) wrong('/minutes', 'minutes is for no_reply only')
  if (trigger !== 'message_received' && senders !== undefined) wrong('/senders', 'senders is for message_received only')
  return errors
}

/** What runs of flows alone have. */
function fieldErrors(field: string, path: string, written = field): FieldError[] {
  if (!/^(reply$|variables\.|webhook\.)/.test(field)) return []
  return [{ path, message: `${written} is known in chat flows only` }]
}

async function actionErrors(action: AutomationAction, path: string, names: Names): Promise<FieldError[]> {
  switch (action.type) {
    case 'assign':
      if (action.agentId === null || (await names.isAgent(action.agentId))) return []
      return [{ path: `${path}/agentId`, message: 'agentId names no agent of this workspace' }]
    case 'start_flow':
      return (await names.isFlow(action.flowId)) ? [] : [{ path: `${path}/flowId`, message: 'flowId names no flow' }]
    case 'reply':
    case 'note':
      return textErrors(action.text, `${path}/text`)
    case 'webhook':
      return webhookErrors(action, path, names)
    case 'tag':
    case 'untag':
    case 'status':
      return []
    default:
      return action satisfies never
  }
}

function textErrors(text: string, path: string): FieldError[] {
  const parsed = parseText(text)
  if (!parsed.ok) return [{ path, message: `The text ${parsed.problem}` }]
  return placeholdersIn(text).flatMap(({ name, written }) => fieldErrors(name, path, `{{${written}}}`))
}

/** The connection's own affairs, and what tells the receiver who sends. */
const ownHeaders =
  /^(host|connection|content-.*|transfer-encoding|upgrade|expect|te|trailer|keep-alive|proxy-.*|parley-.*)$/i
const mostBytes = 50_000

function webhookErrors(
  { url, headers = {}, body }: Extract<AutomationAction, { type: 'webhook' }>,
  path: string,
  rule: Names,
): FieldError[] {
  const fault = urlFault(url, rule)
  const own = Object.keys(headers).find((name) => ownHeaders.test(name))
  const unknown = own === undefined ? headersFault(headers) : undefined
  const text = JSON.stringify(body ?? {})
  return [
    ...(fault === undefined ? [] : [{ path: `${path}/url`, message: fault }]),
    ...(own === undefined
      ? []
      : [{ path: `${path}/headers/${own}`, message: `The header ${own} is not yours to set` }]),
    ...(unknown === undefined ? [] : [{ path: `${path}/headers`, message: unknown }]),
    ...(text.length > mostBytes
      ? [{ path: `${path}/body`, message: `body is longer than ${mostBytes} characters` }]
      : []),
  ]
}
