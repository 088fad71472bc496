import { readFile } from 'node:fs/promises'
import Type from 'typebox'
import { readGraph } from '../../../flow-engine/domain/graph/read.ts'
import { Id, Name, nullable } from '../../../schemas/fields.ts'
import { flowDefaults } from '../../../schemas/flow/events.ts'
import type { Graph } from '../../../schemas/flow/graph.ts'
import { TemplateFacts } from '../../../schemas/template/events.ts'
import { checkOf } from '../../../schemas/validator.ts'

/** A flow that cannot be tried; its message says why, and names the place. */
export class BadFlow extends Error {
  override name = 'BadFlow'
}

/** A flow as its editor saves it (document E), with the templates that it names beside it. */
const FlowFile = Type.Object({
  name: Name,
  start_template: nullable(Id),
  flow_data: Type.Unknown(),
  settings: Type.Optional(
    Type.Object({
      timeout_seconds: Type.Optional(Type.Integer({ minimum: 1 })),
      max_misses: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
    }),
  ),
  templates: Type.Array(Type.Object({ id: Id, ...Type.Pick(TemplateFacts, ['name', 'body', 'buttons']).properties })),
})

/** A flow, ready to be tried. */
export interface Tried {
  name: string
  graph: Graph
  settings: typeof flowDefaults
  templates: ReadonlyMap<string, Pick<TemplateFacts, 'body' | 'buttons'>>
}

/** Reads a flow from a file. Throws BadFlow. */
export async function flowOf(file: string): Promise<Tried> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadFlow(
      error.code === 'ENOENT' ? nowhere(file) : `${file} cannot be read (${error.code ?? error.message})`,
    )
  })
  return madeOf(parsed(text, file), file)
}

/** The flow that `value` describes; `where` is how messages name it. */
export function madeOf(value: unknown, where: string): Tried {
  const checked = checkOf(FlowFile)(value)
  if (!checked.ok) throw new BadFlow(`${where} is no flow: ${told(checked.errors)}`)
  const { name, start_template: startTemplate, flow_data, settings, templates } = checked.value
  const read = readGraph(flow_data, { startTemplate })
  if (!read.ok) throw new BadFlow(`${where} cannot run: ${told(read.problems)}`)
  const known = new Map(templates.map((template) => [template.id.toLowerCase(), template]))
  const missing = [...read.graph.nodes.values()].find((node) => node.type === 'template' && !known.has(node.templateId))
  if (missing?.type === 'template') {
    throw new BadFlow(`${where}: node ${missing.id} sends the template ${missing.templateId}, which is not there`)
  }
  return { name, graph: read.graph, settings: { ...flowDefaults, ...settings }, templates: known }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadFlow(`${file} is not JSON (${error instanceof Error ? error.message : error})`)
  }
}

const nowhere = (name: string) =>
  `There is no file "${name}", nor is that the id of a flow. FLOW is either a file as in examples/flows (FLOW=examples/flows/concierge.json),
or the id of a flow of a running Parley, as GET /chat-flow/flows/ lists it (FLOW=5f0c6a52-8a3b-4c5e-9d21-7b6f2f1a9c01).`

const told = (errors: readonly { path: string; message: string }[]) =>
  errors
    .slice(0, 5)
    .map(({ path, message }) => `${path} ${message}`)
    .join('; ')
