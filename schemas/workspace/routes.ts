import { route } from '../route.ts'
import { CreateWorkspaceBody, Workspace, WorkspaceSettingsBody } from './resource.ts'

/** Commands on the workspace; served by command-api. */
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
  changeSettings: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/settings/workspace',
    access: 'admin',
    scope: 'manage',
    tag: 'Settings',
    summary: 'Change the settings of the workspace',
    description: `Only what changes needs to be there. Business hours that go past midnight are given as two, up to 24:00 and from 00:00; null: always open. A time zone is an IANA name; figures of days and business hours go by it.`,
    body: WorkspaceSettingsBody,
    answers: { 200: { description: 'the settings as they are now', schema: Workspace } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
}

/** Reads of the workspace; served by query-api. */
export const workspaceQueries = {
  settings: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/settings/workspace',
    access: 'agent',
    scope: 'read',
    tag: 'Settings',
    summary: 'Get the settings of the workspace',
    answers: { 200: { description: 'the settings', schema: Workspace } },
    rejections: ['not-found', 'projection-behind'],
  }),
}
