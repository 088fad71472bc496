import { OutboundFailure } from '../../infra/runtime/http/outbound.ts'
import type { FlowAction } from '../../schemas/flow/actions.ts'
import { type Acted, Foreign } from '../actions/action.ts'
import type { Actions } from '../actions/actions.ts'
import { cut } from '../actions/message.ts'
import { fill } from '../domain/text/fill.ts'
import { done, namesIn, refused, type Stepped, type Stepping } from './step.ts'

/** Does what an action node says. What another's server does not do is tried some times; then the flow goes on without. */
export async function act(actions: Actions, action: FlowAction, stepping: Stepping): Promise<Stepped> {
  try {
    return await does(actions, action, stepping)
  } catch (error) {
    if (!(error instanceof Foreign || error instanceof OutboundFailure)) throw error
    if (stepping.isLast) return refused('no-answer')
    throw error instanceof Foreign ? error : new Foreign(`${action.type}: ${error.message}`, { cause: error })
  }
}

async function does(actions: Actions, action: FlowAction, stepping: Stepping): Promise<Stepped> {
  const { facts, sent } = stepping
  const none = () => facts([])
  switch (action.type) {
    case 'assign':
      return stepped(await actions.assign(action, stepping, await none()))
    case 'tag':
      return stepped(await actions.tag(action, stepping, await none()))
    case 'untag':
      return stepped(await actions.untag(action, stepping, await none()))
    case 'close':
      return stepped(await actions.close(action, stepping, await none()))
    case 'reply':
      if (sent !== undefined) return { result: { kind: 'sent', ...sent } }
      return stepped(await actions.reply(action, stepping, await facts(namesIn(action.text))))
    case 'ai_reply':
      if (sent !== undefined) return { result: { kind: 'sent', ...sent } }
      return stepped(await actions.ai_reply(action, stepping, await none()))
    case 'handover':
      if (action.note === undefined) return done
      return stepped(await actions.note({ text: action.note }, stepping, await facts(namesIn(action.note))))
    case 'set_variable':
      return {
        ...done,
        variable: { name: action.name, value: cut(fill(action.value, await facts(namesIn(action.value)))) },
      }
    case 'webhook':
      return called(await actions.flowWebhook(action, stepping, await facts('all')), action.saveAs, stepping)
    case 'wait':
      // It waits from the moment when it is entered.
      return done
    default:
      return action satisfies never
  }
}

function stepped(acted: Acted): Stepped {
  if (acted.outcome === 'refused') return refused(acted.why)
  const { message } = acted
  return message === undefined ? done : { result: { kind: 'sent', messageId: message.id, revision: message.revision } }
}

/** Any answer is one, but for those that say that another try may do better. */
function called(acted: Acted, saveAs: string | undefined, { isLast }: Stepping): Stepped {
  if (acted.outcome === 'refused') return refused(acted.why)
  const { status = 0, answer = '' } = acted
  if (isPassing(status) && !isLast) throw new Foreign(`webhook: it answers ${status}`)
  const result = { kind: 'webhook', status } as const
  return saveAs === undefined ? { result } : { result, variable: { name: saveAs, value: cut(answer) } }
}

const isPassing = (status: number) => status >= 500 || status === 429 || status === 408
