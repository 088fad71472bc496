import { folding, type Projection, part } from '../projection.ts'
import { table } from '../table.ts'
import {
  type AgentRow,
  type ContactRow,
  foldAgent,
  foldContact,
  foldWidget,
  foldWorkspace,
  type WidgetRow,
  type WorkspaceRow,
} from './fold.ts'

const workspaces = table<WorkspaceRow>({
  name: 'workspaces',
  columns: { id: 'uuid', name: 'text', timeZone: 'text', createdAt: 'timestamptz' },
  key: ['id'],
})

const agents = table<AgentRow>({
  name: 'agents',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    email: 'text',
    name: 'text',
    role: 'text',
    removedAt: 'timestamptz?',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'name', 'id'] }],
})

const widgets = table<WidgetRow>({
  name: 'widgets',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    name: 'text',
    welcomeMessage: 'text',
    aiEnabled: 'boolean',
    themeColor: 'text',
    autoAssign: 'boolean',
    offlineMessage: 'text',
    identityVerification: 'text',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz?',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'] }],
})

const contacts = table<ContactRow>({
  name: 'contacts',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    visitorId: 'text',
    name: 'text?',
    email: 'text?',
    phone: 'text?',
    attributes: 'json',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'] }],
})

const contact = folding(foldContact)
const agent = folding(foldAgent)
const widget = folding(foldWidget)

/** Who and what there is beside conversations: joined to them when they are read, never copied into their rows. */
export const directory: Projection = {
  name: 'directory',
  version: 1,
  tables: [workspaces, agents, widgets, contacts],
  parts: [
    part<WorkspaceRow>({
      noun: 'workspace',
      state: workspaces,
      changes: { WorkspaceCreated: folding(foldWorkspace) },
    }),
    part<AgentRow>({
      noun: 'agent',
      state: agents,
      changes: { AgentAdded: agent, AgentRoleChanged: agent, AgentRemoved: agent },
    }),
    part<WidgetRow>({
      noun: 'widget',
      state: widgets,
      changes: { WidgetCreated: widget, WidgetUpdated: widget, WidgetDeleted: widget },
    }),
    part<ContactRow>({ noun: 'contact', state: contacts, changes: { ContactCreated: contact } }),
  ],
}
