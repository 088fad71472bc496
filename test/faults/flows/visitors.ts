import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '../../../infra/runtime/event-store/log.ts'
import { isUndecodable } from '../../../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../../schemas/envelope.ts'
import type { FlowRunEvent } from '../../../schemas/flow-run/events.ts'
import type { Call, CallOptions } from '../../call.ts'
import type { Script } from './course.ts'

/** A run, from its visitor's side. */
export interface Visit {
  conversationId: string
  script: Script
}

export interface VisitorsOptions {
  call: Call
  log: EventLog
  widgetId: string
  agentToken: string
  flows: Readonly<Record<Script['flow'], string>>
  signal: AbortSignal
}

/** Visitors who answer each question once it is asked, whatever breaks meanwhile. What they send they send until it is acknowledged. */
export class Visitors {
  readonly #options: VisitorsOptions
  readonly #visits = new Map<string, Visit & { token: string; asked: number }>()
  readonly #label = `crash-${Date.now()}`
  /** Questions that came before their conversation was known here. */
  readonly #early = new Map<string, number>()
  #ended = 0
  retries = 0

  constructor(options: VisitorsOptions) {
    this.#options = options
  }

  get visits(): readonly Visit[] {
    return [...this.#visits.values()]
  }

  /** Runs that have ended, and whose conversations were told. */
  get ended(): number {
    return this.#ended
  }

  /** Reads what flows ask, and has it answered. Ends with the signal. */
  async follow(): Promise<void> {
    const { log, signal } = this.#options
    const runs = new Map<string, string>()
    const types = ['FlowRunStarted', 'FlowRunWaiting', 'ConversationFlowEnded'] as const
    const answers: Promise<void>[] = []
    for await (const { events } of log.subscribe({ nouns: ['flowRun', 'conversation'], types: [...types], signal })) {
      for (const event of events) {
        if (isUndecodable(event)) throw event.error
        const { type, data } = event as RecordedEach<FlowRunEvent | ConversationEvent>
        if (type === 'FlowRunStarted') runs.set(data.runId, data.conversationId)
        if (type === 'FlowRunWaiting' && data.for === 'reply') answers.push(this.#asked(runs.get(data.runId) ?? ''))
        if (type === 'ConversationFlowEnded') this.#ended += 1
      }
    }
    await Promise.all(answers)
  }

  async visit(n: number, script: Script): Promise<void> {
    const { widgetId, flows, agentToken: token } = this.#options
    const key = `${this.#label}-visitor-${n}`
    const made = await this.#insist('/api/conversations', key, { body: { widgetId } })
    const conversationId = String(made.id)
    this.#visits.set(conversationId, {
      ...{ conversationId, script, asked: 0 },
      token: String(made.visitorToken),
    })
    await this.#insist(`/chat-flow/flows/${flows[script.flow]}/start/`, `${key}-start`, {
      token,
      body: { conversation_id: conversationId },
    })
    const early = this.#early.get(conversationId) ?? 0
    this.#early.delete(conversationId)
    for (let n = 0; n < early; n++) await this.#asked(conversationId)
  }

  async #asked(conversationId: string): Promise<void> {
    const visit = this.#visits.get(conversationId)
    if (visit === undefined) {
      this.#early.set(conversationId, (this.#early.get(conversationId) ?? 0) + 1)
      return
    }
    const reply = visit.script.replies[visit.asked]
    visit.asked += 1
    if (reply === undefined) return
    const { token } = visit
    const path = `/api/conversations/${conversationId}/messages`
    await this.#insist(path, `${this.#label}-reply-${conversationId}-${visit.asked}`, {
      token,
      body: { content: reply },
    })
  }

  /** Until it is acknowledged: what is asked twice under one key is done once. */
  async #insist(path: string, key: string, options: CallOptions): Promise<Record<string, unknown>> {
    const { call, signal } = this.#options
    for (;;) {
      signal.throwIfAborted()
      const answer = await call('POST', path, { ...options, headers: { 'idempotency-key': key } }).catch(
        () => undefined,
      )
      if (answer !== undefined && answer.status < 300) return answer.body
      // It was done by a try of which the answer was lost, and the flow has ended since.
      if (answer?.body.detail === 'The flow has ended already.') return {}
      if (answer !== undefined && answer.status < 500 && answer.status !== 409) {
        throw new Error(`POST ${path} answers ${answer.status} ${JSON.stringify(answer.body)}`)
      }
      this.retries += 1
      await sleep(100 + Math.random() * 400)
    }
  }
}
