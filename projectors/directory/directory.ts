import { contactPart, contactTables } from '../contacts/contacts.ts'
import { filePart, files } from '../files/files.ts'
import { folding, type Projection, part } from '../projection.ts'
import { table } from '../table.ts'
import { webhookPart, webhooks } from '../webhooks/webhooks.ts'
import {
  type AgentRow,
  type ChannelRow,
  foldAgent,
  foldChannel,
  foldWidget,
  foldWorkspace,
  type WidgetRow,
  type WorkspaceRow,
} from './fold.ts'

const workspaces = table<WorkspaceRow>({
  name: 'workspaces',
  columns: {
    id: 'uuid',
    name: 'text',
    timeZone: 'text',
    locale: 'text',
    businessHours: 'json?',
    assignmentMode: 'text',
    assignmentCapacity: 'integer?',
    retentionDays: 'integer?',
    createdAt: 'timestamptz',
    revision: 'integer',
  },
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
    available: 'boolean',
    addedAt: 'timestamptz',
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
    allowedOrigins: 'json',
    flowId: 'uuid?',
    businessHours: 'json?',
    active: 'boolean',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'] }],
})

const channels = table<ChannelRow>({
  name: 'channels',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    type: 'text',
    name: 'text',
    active: 'boolean',
    config: 'json',
    siteKey: 'text?',
    hasEmbedToken: 'boolean',
    secretNames: 'text[]',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'] }],
})

const workspace = folding(foldWorkspace)
const channel = folding(foldChannel)
const agent = folding(foldAgent)
const widget = folding(foldWidget)

/** Who and what there is beside conversations: joined to them when they are read, never copied into their rows. */
export const directory: Projection = {
  name: 'directory',
  version: 3,
  tables: [workspaces, agents, widgets, channels, ...contactTables, files, webhooks],
  parts: [
    part<WorkspaceRow>({
      noun: 'workspace',
      state: workspaces,
      changes: { WorkspaceCreated: workspace, WorkspaceSettingsChanged: workspace },
    }),
    part<AgentRow>({
      noun: 'agent',
      state: agents,
      changes: { AgentAdded: agent, AgentRoleChanged: agent, AgentAvailabilityChanged: agent, AgentRemoved: agent },
    }),
    part<WidgetRow>({
      noun: 'widget',
      state: widgets,
      changes: { WidgetCreated: widget, WidgetUpdated: widget, WidgetDeleted: widget },
    }),
    part<ChannelRow>({
      noun: 'channel',
      state: channels,
      changes: {
        ChannelCreated: channel,
        ChannelUpdated: channel,
        ChannelKeyRotated: channel,
        ChannelDeleted: channel,
      },
    }),
    contactPart,
    filePart,
    webhookPart,
  ],
}
