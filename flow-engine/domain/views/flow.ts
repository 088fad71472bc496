import type { FlowDraft } from '../../../schemas/flow/events.ts'
import type { Flow } from '../../../schemas/flow/resource.ts'
import { type Buttons, missingButtons } from '../graph/buttons.ts'
import type { DraftChecked } from '../graph/read.ts'

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

/** A flow as document E shows it. `checked` is its draft; `templates` are those of which its edges name buttons (`templatesClicked`). */
export function flowView(facts: FlowFacts, { nodes, warnings }: DraftChecked, templates: Buttons): Flow {
  const { id, draft, active, version, unpublished, createdAt, updatedAt } = facts
  return {
    id,
    name: draft.name,
    is_active: active,
    start_template: draft.startTemplate,
    flow_data: draft.flowData,
    version,
    has_unpublished_changes: unpublished,
    warnings: [...warnings, ...missingButtons(draft.flowData, nodes, templates)].slice(0, mostWarnings),
    settings: draft.settings,
    created_at: createdAt,
    updated_at: updatedAt,
  }
}
