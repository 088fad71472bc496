import { Condition } from '../../../schemas/condition.ts'
import type { FlowNode, GraphNode } from '../../../schemas/flow/graph.ts'
import { nodeTypes, TemplateData } from '../../../schemas/flow/graph.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'
import { fullName, parseText } from '../text/variables.ts'
import { readAction } from './action.ts'

type WithoutEdges<N> = N extends GraphNode ? Omit<N, 'edges'> : never

/** What a node is, before its edges are known. */
export type NodeContent = WithoutEdges<GraphNode>

export type NodeRead = { ok: true; node: NodeContent } | { ok: false; problems: FieldError[] }

const checkTemplate = checkOf(TemplateData)
const checkCondition = checkOf(Condition)

/** What a node of the builder says. `path` is its JSON pointer. */
export function readNode(node: FlowNode, path: string): NodeRead {
  const data = node.data ?? {}
  switch (node.type) {
    case 'template':
      return readTemplate(node.id, data, `${path}/data`)
    case 'condition':
      return readCondition(node.id, data, `${path}/data`)
    case 'action': {
      const read = readAction(data, `${path}/data`)
      return read.ok ? { ok: true, node: { id: node.id, type: 'action', action: read.action } } : read
    }
    default:
      return refused(`${path}/type`, `type must be one of ${nodeTypes.join(', ')}`)
  }
}

function readTemplate(id: string, data: Record<string, unknown>, path: string): NodeRead {
  const checked = checkTemplate(data)
  if (!checked.ok) return { ok: false, problems: below(path, checked.errors) }
  const { template_id: templateId, timeout_seconds: timeoutSeconds = null } = checked.value
  const variables: Record<string, string> = {}
  const problems: FieldError[] = []
  for (const [written, text] of Object.entries(checked.value.variables ?? {})) {
    const at = `${path}/variables/${written.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const name = fullName(written.trim())
    const parsed = parseText(text)
    if (name === undefined) problems.push({ path: at, message: `${written} is not the name of a variable` })
    else if (!parsed.ok) problems.push({ path: at, message: `${written} ${parsed.problem}` })
    else variables[name] = text
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, node: { id, type: 'template', templateId: templateId.toLowerCase(), variables, timeoutSeconds } }
}

function readCondition(id: string, data: Record<string, unknown>, path: string): NodeRead {
  const nested = data.condition !== undefined
  const at = nested ? `${path}/condition` : path
  const asked = nested ? data.condition : pick(data, Object.keys(Condition.properties))
  const checked = checkCondition(asked)
  if (!checked.ok) return { ok: false, problems: below(at, checked.errors) }
  const wrong = misuse(checked.value)
  if (wrong !== undefined) return refused(`${at}/value`, wrong)
  return { ok: true, node: { id, type: 'condition', condition: checked.value } }
}

/** What the schema of a condition cannot say: which operators take a list, a value, or nothing. */
function misuse({ op, value }: Condition): string | undefined {
  if (op === 'exists' || op === 'not_exists') return undefined
  if (value === undefined) return `value is required with ${op}`
  if (op === 'in' || op === 'not_in') return Array.isArray(value) ? undefined : `value must be a list with ${op}`
  return Array.isArray(value) ? `value must not be a list with ${op}` : undefined
}

/** The fields of that name, also where their value is null or strange: what they are is for the schema to say. */
export function pick(data: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]))
}

export function below(path: string, errors: readonly FieldError[]): FieldError[] {
  return errors.map((error) => ({ path: `${path}${error.path}`, message: error.message }))
}

function refused(path: string, message: string): NodeRead {
  return { ok: false, problems: [{ path, message }] }
}
