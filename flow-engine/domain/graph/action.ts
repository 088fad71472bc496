import { type FlowAction, flowActions } from '../../../schemas/flow/actions.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import { type Check, checkOf } from '../../../schemas/validator.ts'
import { parseText } from '../text/variables.ts'

export type ActionRead = { ok: true; action: FlowAction } | { ok: false; problems: FieldError[] }

const checks: ReadonlyMap<string, Check<FlowAction>> = new Map(
  Object.entries(flowActions).map(([type, schema]) => [type, checkOf(schema)]),
)
/** Document E writes its fields in snake case. */
const snakeCase: ReadonlyMap<string, string> = new Map([
  ['agent_id', 'agentId'],
  ['save_as', 'saveAs'],
])

/**
 * What the data of an action node asks for: `{action: {type: 'assign', agentId}}`, or `{action_type: 'assign', agentId}` with whatever else
 * the builder keeps beside (a label, a colour).
 */
export function readAction(data: Record<string, unknown>, path: string): ActionRead {
  const nested = isRecord(data.action)
  const typeAt = nested ? '/action/type' : data.action_type === undefined ? '/action' : '/action_type'
  const holder = isRecord(data.action) ? data.action : data
  const type = nested ? holder.type : (data.action_type ?? data.action)
  const check = typeof type === 'string' ? checks.get(type) : undefined
  if (typeof type !== 'string' || check === undefined) {
    const name = typeAt.slice(typeAt.lastIndexOf('/') + 1)
    return refused(`${path}${typeAt}`, `${name} must be one of ${[...checks.keys()].join(', ')}`)
  }
  const at = nested ? `${path}/action` : path
  const checked = check({ ...fieldsOf(holder, type, nested), type })
  if (!checked.ok)
    return { ok: false, problems: checked.errors.map((error) => ({ ...error, path: `${at}${error.path}` })) }
  const problems = textProblems(checked.value, at)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, action: lowered(checked.value) }
}

/** All fields of `action`; of flat data only those that the action knows. */
function fieldsOf(holder: Record<string, unknown>, type: string, all: boolean): Record<string, unknown> {
  const schema = Object.entries(flowActions).find(([name]) => name === type)?.[1]
  const known = new Set(Object.keys(schema?.properties ?? {}))
  const named = Object.entries(holder).map(([name, value]) => [snakeCase.get(name) ?? name, value] as const)
  return Object.fromEntries(named.filter(([name]) => all || known.has(name)))
}

/** Texts that a flow fills in must be well-formed; those of a webhook's body lie at any depth. */
function textProblems(action: FlowAction, path: string): FieldError[] {
  const problems: FieldError[] = []
  const waiting: { at: string; value: unknown }[] = Object.entries(action).map(([name, value]) => ({
    at: `/${name}`,
    value,
  }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, value } = next
    if (typeof value === 'string') {
      const parsed = parseText(value)
      if (!parsed.ok)
        problems.push({ path: `${path}${at}`, message: `${at.slice(at.lastIndexOf('/') + 1)} ${parsed.problem}` })
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) waiting.push({ at: `${at}/${name}`, value: item })
    }
  }
  return problems.reverse()
}

/** RFC 9562: a UUID is read in either case. Streams are named in lower case. */
function lowered(action: FlowAction): FlowAction {
  return action.type === 'assign' ? { ...action, agentId: action.agentId?.toLowerCase() ?? null } : action
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(path: string, message: string): ActionRead {
  return { ok: false, problems: [{ path, message }] }
}
