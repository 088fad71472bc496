import type { FlowDraft } from '../../../schemas/flow/events.ts'
import type { Flow } from '../../../schemas/flow/resource.ts'
import type { DraftChecked } from '../graph/read.ts'
import { type Templates, templateWarnings } from '../graph/templates.ts'

const mostWarnings = 100

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

/** A flow as document E shows it. `checked` is its draft; `templates` are those that it sends (`templatesSent`). */
export function flowView(facts: FlowFacts, checked: DraftChecked, templates: Templates): Flow {
  const { id, draft, active, version, unpublished, createdAt, updatedAt } = facts
  return {
    id,
    name: draft.name,
    is_active: active,
    start_template: draft.startTemplate,
    flow_data: draft.flowData,
    version,
    has_unpublished_changes: unpublished,
    warnings: [...checked.warnings, ...templateWarnings(draft.flowData, checked, templates)].slice(0, mostWarnings),
    settings: draft.settings,
    created_at: createdAt,
    updated_at: updatedAt,
  }
}
