import { AddAgentBody, Agent } from '../agent/resource.ts'
import { route } from '../route.ts'
import { CreateWidgetBody, Widget } from '../widget/events.ts'
import { CreateWorkspaceBody, Workspace } from './resource.ts'

/** Commands on the workspace and what belongs to it; served by command-api. */
export const workspaceCommands = {
  create: route({
    service: 'command-api',
    method: 'POST',
    path: '/internal/workspaces',
    access: 'system',
    tag: 'Internal',
    summary: 'Create a workspace',
    body: CreateWorkspaceBody,
    answers: { 201: { description: 'the workspace', schema: Workspace } },
    rejections: ['idempotency-key-reused'],
  }),
  addAgent: route({
    service: 'command-api',
    method: 'POST',
    path: '/internal/agents',
    access: 'system',
    tag: 'Internal',
    summary: 'Add an agent whom the identity store knows',
    body: AddAgentBody,
    answers: { 201: { description: 'the agent', schema: Agent } },
    rejections: ['already-exists', 'idempotency-key-reused'],
  }),
  createWidget: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/widgets',
    access: 'admin',
    tag: 'Widgets',
    summary: 'Create a widget',
    body: CreateWidgetBody,
    answers: { 201: { description: 'the widget', schema: Widget } },
    rejections: ['idempotency-key-reused'],
  }),
}
