import { agentEvents } from './agent/events.ts'
import { automationEvents, automationRunEvents } from './automation/events.ts'
import { automationOccasionEvents } from './automation/occasion.ts'
import { channelEvents } from './channel/events.ts'
import { contactEvents } from './contact/events.ts'
import { conversationEvents } from './conversation/events.ts'
import type { EventDefinition, EventOf } from './define.ts'
import { flowEvents } from './flow/events.ts'
import { flowRunEvents } from './flow-run/events.ts'
import { templateEvents } from './template/events.ts'
import { webhookEvents } from './webhook/events.ts'
import { widgetEvents } from './widget/events.ts'
import { workspaceEvents } from './workspace/events.ts'

/** Every event that the log may hold, by its stored name. */
export const catalog = {
  ...conversationEvents,
  ...contactEvents,
  ...agentEvents,
  ...workspaceEvents,
  ...widgetEvents,
  ...channelEvents,
  ...templateEvents,
  ...flowEvents,
  ...flowRunEvents,
  ...automationEvents,
  ...automationRunEvents,
  ...automationOccasionEvents,
  ...webhookEvents,
}

export type ParleyEvent = EventOf<typeof catalog>
export type ParleyEventType = ParleyEvent['type']

export function definitionOf(type: string): EventDefinition | undefined {
  const definitions: Record<string, EventDefinition> = catalog
  return Object.hasOwn(definitions, type) ? definitions[type] : undefined
}
