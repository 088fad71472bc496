import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import { conversationCommands } from '../../schemas/conversation/command-routes.ts'
import type { GraphNode } from '../../schemas/flow/graph.ts'
import type { Actions } from '../actions/actions.ts'
import { SentMessage } from '../actions/message.ts'
import { createFactsOf } from '../facts.ts'
import { act } from '../steps/action.ts'
import { branch } from '../steps/condition.ts'
import type { Stepped, Stepping } from '../steps/step.ts'
import { sendTemplate, type TemplateTools } from '../steps/template.ts'
import type { AdvanceTools } from './advance.ts'
import { createBook } from './book.ts'
import type { FlowMeters } from './meters.ts'
import { createMoves } from './moves.ts'
import { Streams } from './streams.ts'

export interface ToolsOptions {
  log: EventLog
  commandApi: Service
  actions: Actions
  meters: FlowMeters
}

/** What runs are advanced with. */
export function toolsOf({ log, commandApi, actions, meters }: ToolsOptions): AdvanceTools {
  const book = createBook(commandApi)
  const template = { template: book.template, send: serviceCall(commandApi, conversationCommands.send, SentMessage) }
  return {
    streams: new Streams(log),
    factsOf: createFactsOf(log),
    nodeOf: book.nodeOf,
    perform: (node, stepping) => perform(template, actions, node, stepping),
    moves: createMoves(commandApi),
    stepped(node, since) {
      meters.steps.inc({ type: node.type === 'action' ? node.action.type : node.type })
      if (since !== undefined) meters.latency.observe((Date.now() - Date.parse(since)) / 1000)
    },
    now: Date.now,
  }
}

async function perform(
  template: TemplateTools,
  actions: Actions,
  node: GraphNode,
  stepping: Stepping,
): Promise<Stepped> {
  switch (node.type) {
    case 'template':
      return sendTemplate(template, node, stepping)
    case 'condition':
      return branch(node, stepping)
    case 'action':
      return act(actions, node.action, stepping)
    default:
      return node satisfies never
  }
}
