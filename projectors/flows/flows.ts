import type { RecordedEach } from '../../schemas/envelope.ts'
import type { FlowEvent } from '../../schemas/flow/events.ts'
import { runPart, runTables } from '../flow-runs/flow-runs.ts'
import { type Change, folding, type Projection, part, put } from '../projection.ts'
import { table } from '../table.ts'
import { type FlowRow, type FlowVersionRow, foldFlow, foldTemplate, type TemplateRow, versionOf } from './fold.ts'

const flows = table<FlowRow>({
  name: 'flows',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    name: 'text',
    active: 'boolean',
    startTemplate: 'uuid?',
    flowData: 'json',
    settings: 'json',
    version: 'integer',
    templateIds: 'text[]',
    activeTemplateIds: 'text[]',
    nodeIds: 'text[]',
    edgeIds: 'text[]',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    deletedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'], where: 'deleted_at is null' }],
})

const versions = table<FlowVersionRow>({
  name: 'flow_versions',
  columns: {
    flowId: 'uuid',
    version: 'integer',
    workspaceId: 'uuid',
    name: 'text',
    startTemplate: 'uuid?',
    flowData: 'json',
    settings: 'json',
    nodes: 'integer',
    activatedAt: 'timestamptz',
  },
  key: ['flowId', 'version'],
})

const templates = table<TemplateRow>({
  name: 'templates',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    name: 'text',
    body: 'text',
    buttons: 'json',
    whatsapp: 'json?',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    deletedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [{ columns: ['workspace_id', 'created_at', 'id'], where: 'deleted_at is null' }],
})

const flow = folding(foldFlow)
const template = folding(foldTemplate)

/** A version that is activated again is the same one. */
const activated = (
  before: FlowRow | undefined,
  event: RecordedEach<Extract<FlowEvent, { type: 'FlowActivated' }>>,
): Change<FlowRow> => {
  const row = foldFlow(before, event)
  return before?.version === row.version ? { row } : { row, ops: [put(versions, versionOf(row))] }
}

/** Chat flows, the templates that they send, their runs and what came of them. */
export const flowsProjection: Projection = {
  name: 'flows',
  version: 3,
  tables: [flows, versions, templates, ...runTables],
  parts: [
    part<FlowRow>({
      noun: 'flow',
      state: flows,
      changes: {
        FlowCreated: flow,
        FlowUpdated: flow,
        FlowActivated: activated,
        FlowDeactivated: flow,
        FlowDeleted: flow,
      },
    }),
    part<TemplateRow>({
      noun: 'template',
      state: templates,
      changes: { TemplateCreated: template, TemplateUpdated: template, TemplateDeleted: template },
    }),
    runPart,
  ],
}
