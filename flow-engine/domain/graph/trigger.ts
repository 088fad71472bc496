import { type EdgeTrigger, edgeTriggers, type FlowEdge } from '../../../schemas/flow/graph.ts'

export interface Trigger {
  readonly trigger: EdgeTrigger
  readonly value: string | null
}

export type TriggerRead =
  /** `unsaid`: a label that names no trigger, so that the edge is `any`. */
  { ok: true; trigger: Trigger; unsaid?: string } | { ok: false; at: string; problem: string }

const withValue: readonly EdgeTrigger[] = ['button_click', 'text']
const longest = 1000
const words: ReadonlyMap<string, EdgeTrigger> = new Map([
  ['any', 'any'],
  ['fallback', 'fallback'],
  ['timeout', 'timeout'],
  ['true', 'true'],
  ['false', 'false'],
])

/** What makes an edge be taken, by either notation of document E: `trigger` and `trigger_value`, which win, or the label. */
export function triggerOf(edge: FlowEdge): TriggerRead {
  const data = 'data' in edge && isRecord(edge.data) ? edge.data : {}
  for (const [at, holder] of [
    ['', edge],
    ['/data', data],
  ] as const) {
    const trigger = present(own(holder, 'trigger'))
    if (trigger !== undefined) return explicit(trigger, own(holder, 'trigger_value'), at)
  }
  const label = own(edge, 'label') ?? own(data, 'label')
  return typeof label === 'string' ? fromLabel(label) : { ok: true, trigger: { trigger: 'any', value: null } }
}

/** The label that says the same: "Button: Track Order". */
export function labelOf({ trigger, value }: Trigger): string {
  if (trigger === 'button_click') return `Button: ${value}`
  if (trigger === 'text') return `Text: ${value}`
  return trigger.charAt(0).toUpperCase() + trigger.slice(1)
}

function explicit(raw: unknown, rawValue: unknown, at: string): TriggerRead {
  const said = typeof raw === 'string' ? raw.trim().toLowerCase() : raw
  const trigger = edgeTriggers.find((one) => one === said)
  if (trigger === undefined) {
    return { ok: false, at: `${at}/trigger`, problem: `trigger must be one of ${edgeTriggers.join(', ')}` }
  }
  if (!withValue.includes(trigger)) return { ok: true, trigger: { trigger, value: null } }
  const value = typeof rawValue === 'number' ? String(rawValue) : rawValue
  const valueAt = `${at}/trigger_value`
  if (typeof value !== 'string' || value.trim() === '') {
    const what = trigger === 'text' ? 'the text' : 'the button'
    return {
      ok: false,
      at: valueAt,
      problem: `trigger_value is required: it names ${what}; for whatever comes, use any`,
    }
  }
  if (value.length > longest)
    return { ok: false, at: valueAt, problem: `trigger_value must not be longer than ${longest} characters` }
  return { ok: true, trigger: { trigger, value: value.trim() } }
}

function fromLabel(label: string): TriggerRead {
  if (label.length > longest)
    return { ok: false, at: '/label', problem: `label must not be longer than ${longest} characters` }
  const said = label.trim()
  const word = words.get(said.toLowerCase())
  if (word !== undefined) return { ok: true, trigger: { trigger: word, value: null } }
  const [, kind, value] = /^(button|text)\s*:(.*)$/isu.exec(said) ?? []
  if (kind === undefined || value === undefined) {
    return { ok: true, trigger: { trigger: 'any', value: null }, ...(said === '' ? {} : { unsaid: said }) }
  }
  if (value.trim() === '')
    return { ok: false, at: '/label', problem: `label names no ${kind.toLowerCase()} after the colon` }
  return {
    ok: true,
    trigger: { trigger: kind.toLowerCase() === 'button' ? 'button_click' : 'text', value: value.trim() },
  }
}

function present(value: unknown): unknown {
  return value === null || value === '' ? undefined : value
}

function own(holder: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, name)?.value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
