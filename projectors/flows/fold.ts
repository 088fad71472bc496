import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import type { FlowDraft, FlowEvent } from '../../schemas/flow/events.ts'
import type { FlowData } from '../../schemas/flow/graph.ts'
import type { TemplateEvent, TemplateFacts } from '../../schemas/template/events.ts'

export type FlowRow = {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly active: boolean
  readonly startTemplate: string | null
  /** JSON text: the graph of the draft. */
  readonly flowData: string
  /** JSON text. */
  readonly settings: string
  /** The latest; 0 before the first. */
  readonly version: number
  /** Message templates that the draft sends, and those that the active version does. */
  readonly templateIds: readonly string[]
  readonly activeTemplateIds: readonly string[]
  /** Of the draft. */
  readonly nodeIds: readonly string[]
  readonly edgeIds: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
  readonly deletedAt: string | null
  readonly revision: number
}

/** A draft as it was when it was activated. */
export type FlowVersionRow = {
  readonly flowId: string
  readonly version: number
  readonly workspaceId: string
  readonly name: string
  readonly startTemplate: string | null
  /** JSON text. */
  readonly flowData: string
  /** JSON text. */
  readonly settings: string
  readonly nodes: number
  readonly activatedAt: string
}

export function foldFlow(row: FlowRow | undefined, event: RecordedEach<FlowEvent>): FlowRow {
  const { meta, revision } = event
  const at = utc(meta.at)
  if (event.type === 'FlowCreated') {
    const { flowId: id, name, startTemplate, flowData, settings } = event.data
    const nothing = { active: false, version: 0, activeTemplateIds: [], deletedAt: null }
    const draft = { name, settings: JSON.stringify(settings), ...graphColumns(flowData, startTemplate) }
    return { id, workspaceId: meta.workspaceId, ...draft, ...nothing, createdAt: at, updatedAt: at, revision }
  }
  const known = { ...there(row, event), updatedAt: at, revision }
  switch (event.type) {
    case 'FlowUpdated':
      return changed(known, event.data.changes)
    case 'FlowActivated': {
      const { version } = event.data
      return { ...known, active: true, version, activeTemplateIds: known.templateIds }
    }
    case 'FlowDeactivated':
      return { ...known, active: false, activeTemplateIds: [] }
    case 'FlowDeleted':
      return { ...known, active: false, activeTemplateIds: [], deletedAt: at }
    default:
      event satisfies never
      return known
  }
}

/** The version that the flow has just become. */
export function versionOf(row: FlowRow): FlowVersionRow {
  const { id: flowId, version, workspaceId, name, startTemplate, flowData, settings, nodeIds, updatedAt } = row
  const nodes = nodeIds.length
  return { flowId, version, workspaceId, name, startTemplate, flowData, settings, nodes, activatedAt: updatedAt }
}

function changed(row: FlowRow, { name, startTemplate, flowData, settings }: Partial<FlowDraft>): FlowRow {
  const start = startTemplate === undefined ? row.startTemplate : startTemplate
  return {
    ...row,
    ...(name === undefined ? {} : { name }),
    ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
    ...(startTemplate === undefined && flowData === undefined
      ? {}
      : graphColumns(flowData ?? JSON.parse(row.flowData), start)),
  }
}

function graphColumns({ nodes, edges, ...others }: FlowData, startTemplate: string | null) {
  const named = nodes.flatMap(({ type, data }) => {
    const id = type === 'template' ? data?.template_id : undefined
    return typeof id === 'string' ? [id.toLowerCase()] : []
  })
  return {
    startTemplate,
    flowData: JSON.stringify({ nodes, edges, ...others }),
    templateIds: [...new Set([...(startTemplate === null ? [] : [startTemplate]), ...named])],
    nodeIds: nodes.map(({ id }) => id),
    edgeIds: edges.map(({ id }) => id),
  }
}

export type TemplateRow = {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly body: string
  /** JSON text. */
  readonly buttons: string
  /** JSON text. */
  readonly whatsapp: string | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly deletedAt: string | null
  readonly revision: number
}

export function foldTemplate(row: TemplateRow | undefined, event: RecordedEach<TemplateEvent>): TemplateRow {
  const { meta, revision } = event
  const at = utc(meta.at)
  if (event.type === 'TemplateCreated') {
    const { templateId: id, name, body, buttons, whatsapp } = event.data
    const { workspaceId } = meta
    const facts = { name, body, buttons: JSON.stringify(buttons), whatsapp: jsonOrNull(whatsapp) }
    return { id, workspaceId, ...facts, createdAt: at, updatedAt: at, deletedAt: null, revision }
  }
  const known = { ...there(row, event), updatedAt: at, revision }
  switch (event.type) {
    case 'TemplateUpdated':
      return { ...known, ...templateColumns(event.data.changes) }
    case 'TemplateDeleted':
      return { ...known, deletedAt: at }
    default:
      event satisfies never
      return known
  }
}

function templateColumns({ buttons, whatsapp, ...others }: Partial<TemplateFacts>): Partial<TemplateRow> {
  return {
    ...others,
    ...(buttons === undefined ? {} : { buttons: JSON.stringify(buttons) }),
    ...(whatsapp === undefined ? {} : { whatsapp: jsonOrNull(whatsapp) }),
  }
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

function there<R>(row: R | undefined, { type, stream }: { type: string; stream: string }): R {
  if (row === undefined) throw new Error(`${type} of ${stream}, which was never made`)
  return row
}
