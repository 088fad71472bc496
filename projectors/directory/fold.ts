import type { AgentEvent, Role } from '../../schemas/agent/events.ts'
import type { ContactEvent } from '../../schemas/contact/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import type { WidgetEvent } from '../../schemas/widget/events.ts'
import type { WorkspaceEvent } from '../../schemas/workspace/events.ts'

export type WorkspaceRow = {
  readonly id: string
  readonly name: string
  readonly timeZone: string
  readonly createdAt: string
}

export function foldWorkspace(_: WorkspaceRow | undefined, event: RecordedEach<WorkspaceEvent>): WorkspaceRow {
  const { workspaceId: id, name, timeZone } = event.data
  return { id, name, timeZone, createdAt: utc(event.meta.at) }
}

export type AgentRow = {
  readonly id: string
  readonly workspaceId: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly removedAt: string | null
}

export function foldAgent(row: AgentRow | undefined, event: RecordedEach<AgentEvent>): AgentRow {
  const { meta } = event
  if (event.type === 'AgentAdded') {
    const { agentId: id, email, name, role } = event.data
    return { id, workspaceId: meta.workspaceId, email, name, role, removedAt: null }
  }
  const known = there(row, event)
  switch (event.type) {
    case 'AgentRoleChanged':
      return { ...known, role: event.data.role }
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
  readonly createdAt: string
  readonly deletedAt: string | null
}

export function foldWidget(row: WidgetRow | undefined, event: RecordedEach<WidgetEvent>): WidgetRow {
  const { meta } = event
  if (event.type === 'WidgetCreated') return created(event)
  const known = there(row, event)
  switch (event.type) {
    case 'WidgetUpdated':
      return { ...known, ...event.data.changes }
    case 'WidgetDeleted':
      return { ...known, deletedAt: utc(meta.at) }
    default:
      event satisfies never
      return known
  }
}

function created({ data, meta }: RecordedEach<Extract<WidgetEvent, { type: 'WidgetCreated' }>>): WidgetRow {
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
    createdAt: utc(meta.at),
    deletedAt: null,
  }
}

export type ContactRow = {
  readonly id: string
  readonly workspaceId: string
  readonly visitorId: string
  readonly name: string | null
  readonly email: string | null
  readonly phone: string | null
  /** JSON text. */
  readonly attributes: string
  readonly createdAt: string
}

export function foldContact(_: ContactRow | undefined, { data, meta }: RecordedEach<ContactEvent>): ContactRow {
  const { contactId: id, visitorId, name, email, phone, attributes } = data
  return {
    id,
    workspaceId: meta.workspaceId,
    visitorId,
    name,
    email,
    phone,
    attributes: JSON.stringify(attributes),
    createdAt: utc(meta.at),
  }
}

function there<R>(row: R | undefined, { type, stream }: { type: string; stream: string }): R {
  if (row === undefined) throw new Error(`${type} of ${stream}, which was never made`)
  return row
}
