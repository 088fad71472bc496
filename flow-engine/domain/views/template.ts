import type { TemplateFacts } from '../../../schemas/template/events.ts'
import type { Template } from '../../../schemas/template/resource.ts'
import { placeholdersIn } from '../text/variables.ts'

/** A message template as document E shows it. */
export function templateView(
  id: string,
  facts: TemplateFacts,
  times: { createdAt: string; updatedAt: string },
): Template {
  const { name, body, buttons, whatsapp } = facts
  const variables = new Map(placeholdersIn(body).map((placeholder) => [placeholder.name, placeholder.written]))
  const { createdAt: created_at, updatedAt: updated_at } = times
  return { id, name, body, buttons, whatsapp, variables: [...variables.values()], created_at, updated_at }
}
