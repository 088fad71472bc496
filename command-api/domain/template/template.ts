import { Rejection } from '../../../schemas/rejection.ts'
import { type TemplateEvent, type TemplateFacts, templateEvents } from '../../../schemas/template/events.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

export type TemplateCommand =
  | { type: 'CreateTemplate'; templateId: string; facts: TemplateFacts }
  | { type: 'UpdateTemplate'; changes: Partial<TemplateFacts> }
  | { type: 'DeleteTemplate' }

/** A template that there is, or was: a deleted one keeps its words for the runs that are on their way to it. */
export interface KnownTemplate {
  status: 'active' | 'deleted'
  id: string
  workspaceId: string
  facts: TemplateFacts
  createdAt: string
  updatedAt: string
  done: Map<string, Done>
}
export type TemplateState = { status: 'none' } | KnownTemplate

/** Message templates (document E). */
export const template: Decider<TemplateState, TemplateCommand, TemplateEvent> = {
  noun: 'template',
  initial: { status: 'none' },
  types: templateEvents,
  decide(state, command) {
    if (command.type === 'CreateTemplate') {
      if (state.status !== 'none') throw new Rejection('already-exists', 'There is a template with this id.')
      return [{ type: 'TemplateCreated', data: { templateId: command.templateId, ...command.facts } }]
    }
    if (state.status !== 'active') throw new Rejection('not-found', 'There is no such template.')
    if (command.type === 'DeleteTemplate') return [{ type: 'TemplateDeleted', data: { templateId: state.id } }]
    const changes = changesOf(state.facts, command.changes)
    return changes === undefined ? [] : [{ type: 'TemplateUpdated', data: { templateId: state.id, changes } }]
  },
  evolve(state, event, at) {
    if (event.type === 'TemplateCreated') {
      const { templateId: id, ...facts } = event.data
      const { workspaceId, at: createdAt } = at
      const done = remember(new Map(), at)
      return { status: 'active', id, workspaceId, facts, createdAt, updatedAt: createdAt, done }
    }
    if (state.status === 'none') return state
    const known = { ...state, updatedAt: at.at, done: remember(state.done, at) }
    switch (event.type) {
      case 'TemplateUpdated':
        return { ...known, facts: { ...state.facts, ...event.data.changes } }
      case 'TemplateDeleted':
        return { ...known, status: 'deleted' }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}
