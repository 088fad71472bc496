import type { FlowDraft } from '../../../schemas/flow/events.ts'
import type { Flow } from '../../../schemas/flow/resource.ts'
import { checkDraft } from '../graph/read.ts'

export interface FlowFacts {
  id: string
  draft: FlowDraft
  active: boolean
  /** The latest; 0 before the first. */
  version: number
  unpublished: boolean
  createdAt: string
  updatedAt: string
}

/** A flow as document E shows it. */
export function flowView({ id, draft, active, version, unpublished, createdAt, updatedAt }: FlowFacts): Flow {
  return {
    id,
    name: draft.name,
    is_active: active,
    start_template: draft.startTemplate,
    flow_data: draft.flowData,
    version,
    has_unpublished_changes: unpublished,
    warnings: checkDraft(draft.flowData, draft).warnings,
    settings: draft.settings,
    created_at: createdAt,
    updated_at: updatedAt,
  }
}
