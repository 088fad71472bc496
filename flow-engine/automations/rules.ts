import { LRUCache } from 'lru-cache'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { AutomationTrigger } from '../../schemas/automation/events.ts'
import type { TriggerRule } from '../../schemas/automation/resource.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { callerFor } from '../actions/ask.ts'
import type { Rule } from './judge.ts'

/** Workspaces whose rules are kept: with their conditions, since those are asked at each event. */
const kept = 2000

/** Which automations there are, as of where the log has been followed to: it alone says when they are asked for anew. */
export class Rules {
  readonly #ask: ServiceCall<{ data: TriggerRule[] }>
  readonly #rules = new LRUCache<string, Promise<readonly TriggerRule[]>>({ max: kept })

  /** `ask`: GET /internal/workspaces/{id}/automations */
  constructor(ask: ServiceCall<{ data: TriggerRule[] }>) {
    this.#ask = ask
  }

  changed(workspaceId: string): void {
    this.#rules.delete(workspaceId)
  }

  /** The active rules that an event sets off, by their ids; none that was made after it. Throws while nobody can tell. */
  async setOffBy(event: Recorded, trigger: AutomationTrigger, sender?: string): Promise<ReadonlyMap<string, Rule>> {
    const rules = await this.#of(event)
    const off = rules.filter(
      (rule) =>
        rule.trigger === trigger &&
        rule.createdAt <= event.meta.at &&
        (sender === undefined || (rule.senders ?? []).includes(sender)),
    )
    return new Map(off.map((rule) => [rule.id, { ...rule, active: true }]))
  }

  #of({ meta: { workspaceId: id }, position: waitFor }: Recorded): Promise<readonly TriggerRule[]> {
    const known = this.#rules.get(id)
    if (known !== undefined) return known
    const asked = this.#ask({ caller: callerFor(id), params: { id }, waitFor }).then(({ body }) => body.data)
    this.#rules.set(id, asked)
    asked.catch(() => {
      if (this.#rules.get(id) === asked) this.#rules.delete(id)
    })
    return asked
  }
}
