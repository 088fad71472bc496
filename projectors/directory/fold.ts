import type { AgentEvent, Role } from '../../schemas/agent/events.ts'
import type { ChannelEvent, ChannelType } from '../../schemas/channel/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import { type WidgetEvent, type WidgetSettings, widgetDefaults } from '../../schemas/widget/events.ts'
import type { WorkspaceEvent } from '../../schemas/workspace/events.ts'
import { type AutoAssignment, workspaceDefaults } from '../../schemas/workspace/settings.ts'

export type WorkspaceRow = {
  readonly id: string
  readonly name: string
  readonly timeZone: string
  readonly locale: string
  /** JSON text. */
  readonly businessHours: string | null
  readonly assignmentMode: AutoAssignment['mode']
  readonly assignmentCapacity: number | null
  readonly retentionDays: number | null
  readonly createdAt: string
  readonly revision: number
}

export function foldWorkspace(row: WorkspaceRow | undefined, event: RecordedEach<WorkspaceEvent>): WorkspaceRow {
  if (event.type === 'WorkspaceCreated') {
    const { workspaceId: id, name, timeZone } = event.data
    const { locale, autoAssignment, retentionDays } = workspaceDefaults
    const assigned = { assignmentMode: autoAssignment.mode, assignmentCapacity: autoAssignment.capacity }
    return {
      id,
      name,
      timeZone,
      locale,
      businessHours: null,
      ...assigned,
      retentionDays,
      createdAt: utc(event.meta.at),
      revision: event.revision,
    }
  }
  const { autoAssignment, businessHours, ...changes } = event.data.changes
  return {
    ...there(row, event),
    ...changes,
    revision: event.revision,
    ...(businessHours === undefined ? {} : { businessHours: jsonOrNull(businessHours) }),
    ...(autoAssignment === undefined
      ? {}
      : { assignmentMode: autoAssignment.mode, assignmentCapacity: autoAssignment.capacity }),
  }
}

export type AgentRow = {
  readonly id: string
  readonly workspaceId: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly available: boolean
  readonly addedAt: string
  readonly removedAt: string | null
}

export function foldAgent(row: AgentRow | undefined, event: RecordedEach<AgentEvent>): AgentRow {
  const { meta } = event
  if (event.type === 'AgentAdded') {
    const { agentId: id, email, name, role } = event.data
    const addedAt = utc(meta.at)
    return { id, workspaceId: meta.workspaceId, email, name, role, available: true, addedAt, removedAt: null }
  }
  const known = there(row, event)
  switch (event.type) {
    case 'AgentRoleChanged':
      return { ...known, role: event.data.role }
    case 'AgentAvailabilityChanged':
      return { ...known, available: event.data.available }
    case 'AgentRemoved':
      return { ...known, removedAt: utc(meta.at) }
    default:
      event satisfies never
      return known
  }
}

export type WidgetRow = {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly welcomeMessage: string
  readonly aiEnabled: boolean
  readonly themeColor: string
  readonly autoAssign: boolean
  readonly offlineMessage: string
  readonly identityVerification: 'off' | 'required'
  /** JSON text. */
  readonly allowedOrigins: string
  readonly flowId: string | null
  /** JSON text. */
  readonly businessHours: string | null
  readonly active: boolean
  readonly createdAt: string
  readonly deletedAt: string | null
  readonly revision: number
}

export function foldWidget(row: WidgetRow | undefined, event: RecordedEach<WidgetEvent>): WidgetRow {
  const { meta } = event
  if (event.type === 'WidgetCreated') return created(event)
  const known = { ...there(row, event), revision: event.revision }
  switch (event.type) {
    case 'WidgetUpdated':
      return { ...known, ...asColumns(event.data.changes) }
    case 'WidgetDeleted':
      return { ...known, deletedAt: utc(meta.at) }
    default:
      event satisfies never
      return known
  }
}

function created({ data, meta, revision }: RecordedEach<Extract<WidgetEvent, { type: 'WidgetCreated' }>>): WidgetRow {
  return {
    id: data.widgetId,
    workspaceId: meta.workspaceId,
    name: data.name,
    welcomeMessage: data.welcomeMessage,
    aiEnabled: data.aiEnabled,
    themeColor: data.themeColor,
    autoAssign: data.autoAssign,
    offlineMessage: data.offlineMessage,
    identityVerification: data.identityVerification,
    allowedOrigins: JSON.stringify(data.allowedOrigins ?? widgetDefaults.allowedOrigins),
    flowId: data.flowId ?? null,
    businessHours: jsonOrNull(data.businessHours ?? null),
    active: data.active ?? true,
    createdAt: utc(meta.at),
    deletedAt: null,
    revision,
  }
}

function asColumns({ allowedOrigins, businessHours, ...others }: Partial<WidgetSettings>): Partial<WidgetRow> {
  return {
    ...others,
    ...(allowedOrigins === undefined ? {} : { allowedOrigins: JSON.stringify(allowedOrigins) }),
    ...(businessHours === undefined ? {} : { businessHours: jsonOrNull(businessHours) }),
  }
}

export type ChannelRow = {
  readonly id: string
  readonly workspaceId: string
  readonly type: ChannelType
  readonly name: string
  readonly active: boolean
  /** JSON text. */
  readonly config: string
  readonly siteKey: string | null
  readonly hasEmbedToken: boolean
  readonly secretNames: readonly string[]
  readonly createdAt: string
  readonly deletedAt: string | null
  readonly revision: number
}

export function foldChannel(row: ChannelRow | undefined, event: RecordedEach<ChannelEvent>): ChannelRow {
  const { meta } = event
  if (event.type === 'ChannelCreated') {
    const { channelId: id, channelType: type, name, config, siteKey, embedTokenHash, secretNames } = event.data
    return {
      id,
      workspaceId: meta.workspaceId,
      type,
      name,
      active: true,
      config: JSON.stringify(config),
      siteKey,
      hasEmbedToken: embedTokenHash !== null,
      secretNames,
      createdAt: utc(meta.at),
      deletedAt: null,
      revision: event.revision,
    }
  }
  const known = { ...there(row, event), revision: event.revision }
  switch (event.type) {
    case 'ChannelUpdated': {
      const { name = known.name, active = known.active, config, secretNames = known.secretNames } = event.data
      return {
        ...known,
        name,
        active,
        secretNames,
        config: config === undefined ? known.config : JSON.stringify(config),
      }
    }
    case 'ChannelKeyRotated':
      return { ...known, siteKey: event.data.siteKey, hasEmbedToken: event.data.embedTokenHash !== null }
    case 'ChannelDeleted':
      return { ...known, secretNames: [], deletedAt: utc(meta.at) }
    default:
      event satisfies never
      return known
  }
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

function there<R>(row: R | undefined, { type, stream }: { type: string; stream: string }): R {
  if (row === undefined) throw new Error(`${type} of ${stream}, which was never made`)
  return row
}
