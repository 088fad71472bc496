import type { AutomationAction, AutomationFacts, AutomationTrigger, skipReasons } from './events.ts'

/** What may be asked of an automation. */
export type AutomationCommand =
  | { type: 'CreateAutomation'; automationId: string; facts: AutomationFacts }
  | { type: 'UpdateAutomation'; changes: Partial<AutomationFacts> }
  /** `active` absent: the other way round. */
  | { type: 'ToggleAutomation'; active?: boolean | undefined }
  | { type: 'DeleteAutomation' }

/** What a run is about. */
export interface RunFacts {
  runId: string
  automationId: string
  conversationId: string
  trigger: AutomationTrigger
  eventId: string
  depth: number
  conditions: boolean[]
}

export interface ActionResult {
  type: string
  outcome: 'done' | 'refused'
  why?: string
}

/** What flow-engine tells of a run; each of it is recorded once, and what comes after it was decided changes nothing. */
export type AutomationRunCommand =
  | ({ type: 'FireAutomation'; actions: AutomationAction[] } & RunFacts)
  | ({ type: 'SkipAutomation'; why: (typeof skipReasons)[number] } & RunFacts)
  | { type: 'FinishAutomation'; runId: string; actions: ActionResult[]; finishedAt: string }
