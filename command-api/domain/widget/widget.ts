import { Rejection } from '../../../schemas/rejection.ts'
import {
  type WidgetCommand,
  type WidgetEvent,
  type WidgetSettings,
  widgetDefaults,
  widgetEvents,
} from '../../../schemas/widget/events.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

interface Facts {
  id: string
  workspaceId: string
  settings: WidgetSettings
  createdAt: string
  done: Map<string, Done>
}

export type ActiveWidget = Facts & { status: 'active' }
export type WidgetState = { status: 'none' } | ActiveWidget | (Facts & { status: 'deleted' })

export const widget: Decider<WidgetState, WidgetCommand, WidgetEvent> = {
  noun: 'widget',
  initial: { status: 'none' },
  types: widgetEvents,
  decide(state, command) {
    if (command.type === 'CreateWidget') {
      if (state.status !== 'none') throw new Rejection('already-exists', 'There is a widget with this id.')
      return [{ type: 'WidgetCreated', data: { widgetId: command.widgetId, ...command.settings } }]
    }
    if (state.status !== 'active') throw new Rejection('not-found', 'There is no such widget.')
    if (command.type === 'DeleteWidget') return [{ type: 'WidgetDeleted', data: { widgetId: state.id } }]
    const changes = changesOf(state.settings, command.changes)
    return changes === undefined ? [] : [{ type: 'WidgetUpdated', data: { widgetId: state.id, changes } }]
  },
  evolve(state, event, at) {
    if (event.type === 'WidgetCreated') {
      const { widgetId: id, ...settings } = event.data
      return {
        status: 'active',
        id,
        workspaceId: at.workspaceId,
        settings: { ...widgetDefaults, ...settings },
        createdAt: at.at,
        done: remember(new Map(), at),
      }
    }
    if (state.status === 'none') return state
    const done = remember(state.done, at)
    switch (event.type) {
      case 'WidgetUpdated':
        return { ...state, done, settings: { ...state.settings, ...event.data.changes } }
      case 'WidgetDeleted':
        return { ...state, done, status: 'deleted' }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}
