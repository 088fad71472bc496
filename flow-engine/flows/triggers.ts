import type { Static } from 'typebox'
import { v5 as uuidV5 } from 'uuid'
import { widget } from '../../command-api/domain/widget/widget.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Service, type ServiceCall, serviceCall } from '../../infra/runtime/http/service-call.ts'
import { causeHeaders, maxDepth } from '../../schemas/cause.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { happened, type LogPosition, type Recorded, type RecordedEach } from '../../schemas/envelope.ts'
import { FlowTriggers } from '../../schemas/flow/resource.ts'
import { flowRoutes } from '../../schemas/flow/routes.ts'
import type { RunStarter } from '../../schemas/flow-run/outcomes.ts'
import { InternalRun } from '../../schemas/flow-run/resource.ts'
import { flowRunRoutes } from '../../schemas/flow-run/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { callerFor } from '../actions/ask.ts'
import { flowFor, type Keyword, keywordsOf } from '../domain/triggers/keywords.ts'
import { mayPass } from '../passing.ts'
import { Known } from './known.ts'
import { runningIn } from './streams.ts'

export interface TriggerTools {
  log: Pick<EventLog, 'readStream'>
  commandApi: Service
  queryApi: Service
  now: () => number
  started: (by: RunStarter) => void
}

/** What starts flows in a workspace. */
interface Starters {
  keywords: readonly Keyword[]
  /** The oldest first. */
  onStart: readonly string[]
}

type Happening = Pick<Recorded, 'id' | 'position' | 'meta'>
type Said = Extract<RecordedEach<ConversationEvent>, { type: 'MessageSent' }>
type Opening = Extract<RecordedEach<ConversationEvent>, { type: 'ConversationStarted' | 'ConversationReopened' }>

/** What happened longer ago starts nothing any more: whoever wrote it does not expect it. */
const lateMs = 3_600_000

/** Starts flows by themselves: by widget, by the start of a conversation, by a keyword (API.md, E). Throws where another try may do better. */
export class Triggers {
  readonly #tools: TriggerTools
  readonly #starters = new Known<Starters>(1000)
  readonly #widgets = new Known<{ flowId: string | null }>(5000)
  readonly #triggers: ServiceCall<Static<typeof FlowTriggers>>
  readonly #begin: ServiceCall<InternalRun>

  constructor(tools: TriggerTools) {
    this.#tools = tools
    this.#triggers = serviceCall(tools.queryApi, flowRoutes.triggers, FlowTriggers)
    this.#begin = serviceCall(tools.commandApi, flowRunRoutes.begin, InternalRun)
  }

  flowsChanged(workspaceId: string): void {
    this.#starters.changed(workspaceId)
  }

  widgetChanged(widgetId: string): void {
    this.#widgets.changed(widgetId)
  }

  /** A conversation began, or a closed one was begun anew by its visitor. */
  async opened(conversationId: string, event: Opening): Promise<void> {
    const { data } = event
    if (data.startedBy !== 'visitor' || data.occurredAt !== undefined || !this.#isOf(event)) return
    const widgetId = 'widgetId' in data ? data.widgetId : await this.#widgetOf(conversationId)
    const own = widgetId === null ? null : (await this.#widget(widgetId)).flowId
    if (own !== null && (await this.#start(own, 'widget', conversationId, event)) !== 'inactive') return
    const { onStart } = await this.#startersOf(event)
    for (const flowId of onStart) {
      if ((await this.#start(flowId, 'conversation_start', conversationId, event)) !== 'inactive') return
    }
  }

  /** The visitor said something, which starts a flow where none ran at that moment. */
  async said(conversationId: string, event: Said): Promise<void> {
    if (!this.#isOf(event)) return
    const { keywords } = await this.#startersOf(event)
    const flowId = flowFor(event.data.content, keywords)
    if (flowId === undefined) return
    const { runId } = await runningIn(this.#tools.log, event.stream, event.revision)
    if (runId === null) await this.#start(flowId, 'keyword', conversationId, event)
  }

  /** Whether it may start anything: neither history, nor what flows and automations set off for ever. */
  #isOf({ meta }: Happening): boolean {
    return (meta.depth ?? 0) < maxDepth && this.#tools.now() - Date.parse(meta.at) < lateMs
  }

  #startersOf({ meta: { workspaceId }, position }: Happening): Promise<Starters> {
    return this.#starters.of(workspaceId, () => this.#ask(workspaceId, position))
  }

  async #ask(id: string, waitFor: LogPosition): Promise<Starters> {
    const { body } = await this.#triggers({ caller: callerFor(id), params: { id }, waitFor })
    return {
      keywords: keywordsOf(body.data),
      onStart: body.data.filter(({ onConversationStart }) => onConversationStart).map(({ flowId }) => flowId),
    }
  }

  #widget(id: string): Promise<{ flowId: string | null }> {
    return this.#widgets.of(id, async () => {
      let state = widget.initial
      for await (const event of this.#tools.log.readStream(streamOf('widget', id))) {
        if (Object.hasOwn(widget.types, event.type)) {
          state = widget.evolve(state, event as Parameters<typeof widget.evolve>[1], happened(event))
        }
      }
      return { flowId: state.status === 'active' ? state.settings.flowId : null }
    })
  }

  async #widgetOf(conversationId: string): Promise<string | null> {
    for await (const event of this.#tools.log.readStream(streamOf('conversation', conversationId), { max: 1 })) {
      return isStart(event) ? event.data.widgetId : null
    }
    return null
  }

  /** Once for its event, however often it is tried. Whatever refuses it knows why: an agent is there, or another flow was quicker. */
  async #start(
    flowId: string,
    startedBy: RunStarter,
    conversationId: string,
    { id: eventId, meta }: Happening,
  ): Promise<'started' | 'refused' | 'inactive'> {
    try {
      await this.#begin({
        caller: callerFor(meta.workspaceId),
        params: { id: conversationId },
        body: { flowId, startedBy, starterId: eventId, unlessAssigned: true },
        idempotencyKey: uuidV5(eventId, flowId),
        headers: causeHeaders({ bot: flowId, eventId, depth: (meta.depth ?? 0) + 1 }),
      })
      this.#tools.started(startedBy)
      return 'started'
    } catch (error) {
      if (!(error instanceof Rejection) || mayPass(error)) throw error
      return error.code === 'flow-inactive' || error.code === 'not-found' ? 'inactive' : 'refused'
    }
  }
}

function isStart(event: Recorded): event is Extract<RecordedEach<ConversationEvent>, { type: 'ConversationStarted' }> {
  return event.type === 'ConversationStarted'
}
