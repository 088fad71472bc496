import type { AutomationFacts } from './events.ts'

/** What may be asked of an automation. */
export type AutomationCommand =
  | { type: 'CreateAutomation'; automationId: string; facts: AutomationFacts }
  | { type: 'UpdateAutomation'; changes: Partial<AutomationFacts> }
  /** `active` absent: the other way round. */
  | { type: 'ToggleAutomation'; active?: boolean | undefined }
  | { type: 'DeleteAutomation' }
