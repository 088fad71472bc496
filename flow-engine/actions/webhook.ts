import type { Static } from 'typebox'
import { type Outbound, OutboundFailure } from '../../infra/runtime/http/outbound.ts'
import type { webhookAction } from '../../schemas/flow/actions.ts'
import type { Facts } from '../domain/facts.ts'
import { fillAll } from '../domain/text/fill.ts'
import type { Act, Acting } from './action.ts'

export interface Calling {
  outbound: Pick<Outbound, 'post'>
  /** As whose webhook it is announced. */
  event: 'flow.webhook' | 'automation.webhook'
}

/**
 * Tells another system. At least once: a try whose answer was lost comes again with the same Parley-Delivery, by which the other side
 * can tell. Any answer is one: whether its status is good enough, whoever asked decides. Where there is none, it throws.
 */
export function calling({ outbound, event }: Calling): Act<Static<typeof webhookAction>> {
  return async ({ url, headers = {}, body }, acting, facts) => {
    try {
      const answer = await outbound.post(url, {
        headers: { ...inSmall(headers), 'content-type': 'application/json', 'parley-delivery': acting.key },
        body: JSON.stringify(toldOf(event, acting, facts, body)),
      })
      return { outcome: 'done', status: answer.status, answer: answer.body }
    } catch (error) {
      if (error instanceof OutboundFailure && error.kind === 'refused') {
        return { outcome: 'refused', why: `not-sent: ${error.message}` }
      }
      throw error
    }
  }
}

function toldOf(event: string, { key, workspaceId, conversationId }: Acting, facts: Facts, body: unknown) {
  const { contact, message, variables } = facts
  const told = { event, deliveryId: key, workspaceId, conversationId, contact, message, variables }
  return body === undefined ? told : { ...told, body: fillAll(body, facts) }
}

/** So that ours take the place of the rule's, however it wrote them. */
const inSmall = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
