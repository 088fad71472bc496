import Type from 'typebox'
import type { Outbound } from '../../infra/runtime/http/outbound.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import { conversationCommands as routes } from '../../schemas/conversation/command-routes.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { flowRunRoutes } from '../../schemas/flow-run/routes.ts'
import { Suggestion, suggestionQueries } from '../../schemas/suggestion.ts'
import { answeringByAi } from './ai-reply.ts'
import { assigning } from './assign.ts'
import { SentMessage } from './message.ts'
import { noting } from './note.ts'
import { replying } from './reply.ts'
import { startingFlow } from './start-flow.ts'
import { closing, settingStatus } from './status.ts'
import { tagging } from './tag.ts'
import { untagging } from './untag.ts'
import { calling } from './webhook.ts'

export interface ActionTools {
  commandApi: Service
  queryApi: Service
  outbound: Pick<Outbound, 'post'>
  /** Where the log ends now. */
  head: () => Promise<LogPosition | undefined>
}

export type Actions = ReturnType<typeof createActions>

/** All that flows and automations can do to a conversation, by its type. Compiles the checks of the answers, so make it once. */
export function createActions({ commandApi, queryApi, outbound, head }: ActionTools) {
  const nothing = Type.Unknown()
  const send = serviceCall(commandApi, routes.send, SentMessage)
  const setStatus = serviceCall(commandApi, routes.setStatus, nothing)
  return {
    assign: assigning(serviceCall(commandApi, routes.assign, nothing)),
    tag: tagging(serviceCall(commandApi, routes.tag, nothing)),
    untag: untagging(serviceCall(commandApi, routes.untag, nothing)),
    status: settingStatus(setStatus),
    close: closing(setStatus),
    reply: replying(send),
    note: noting(serviceCall(commandApi, routes.note, nothing)),
    ai_reply: answeringByAi({ suggest: serviceCall(queryApi, suggestionQueries.suggest, Suggestion), send, head }),
    start_flow: startingFlow(serviceCall(commandApi, flowRunRoutes.begin, nothing)),
    flowWebhook: calling({ outbound, event: 'flow.webhook' }),
    automationWebhook: calling({ outbound, event: 'automation.webhook' }),
  }
}
