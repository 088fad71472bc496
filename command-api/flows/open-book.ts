import { LRUCache } from 'lru-cache'
import { readGraph } from '../../flow-engine/domain/graph/read.ts'
import type { FlowDraft } from '../../schemas/flow/events.ts'
import type { Graph } from '../../schemas/flow/graph.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { draftOf, flow, type KnownFlow, latestOf, type StoredDraft } from '../domain/flow/flow.ts'
import { template } from '../domain/template/template.ts'
import type { Handle } from '../handle.ts'
import { recent } from '../http/access.ts'
import type { FlowBook, Walkable } from './flow-book.ts'
import { versionOf } from './version.ts'

/** Nodes of the graphs that were read and are kept: they never change, and a graph may have 10,000. */
const keptNodes = 50_000

export function openFlowBook(handle: Handle): FlowBook {
  const read = new LRUCache<string, Walkable>({
    maxSize: keptNodes,
    sizeCalculation: ({ graph }) => Math.max(1, graph.nodes.size),
  })

  const flowOf = async (workspaceId: string, flowId: string, maxAgeMs: number): Promise<KnownFlow> => {
    const { state } = await handle.look(flow, flowId, maxAgeMs)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw noFlow()
    return state
  }

  const walkableOf = async (known: KnownFlow, version: number): Promise<Walkable | undefined> => {
    const key = `${known.id}/${version}`
    const before = read.get(key)
    if (before !== undefined) return before
    const found = await versionOf(handle, known, version)
    if (found === undefined) return undefined
    const made = walkable(known, version, graphOf(draftOf(found.draft), 'conflict'), found.draft)
    read.set(key, made)
    return made
  }

  return {
    async active(workspaceId, flowId) {
      const known = await flowOf(workspaceId, flowId, recent)
      if (known.status === 'deleted') throw noFlow()
      const latest = latestOf(known)
      const found = known.active && latest !== undefined ? await walkableOf(known, latest.version) : undefined
      if (found === undefined) throw new Rejection('flow-inactive', 'This flow is not active: activate it first.')
      return found
    },
    async version(workspaceId, flowId, version) {
      const known = await flowOf(workspaceId, flowId, Number.POSITIVE_INFINITY)
      const found =
        (await walkableOf(known, version)) ?? (await walkableOf(await flowOf(workspaceId, flowId, 0), version))
      if (found === undefined) throw new Rejection('not-found', `This flow has no version ${version}.`)
      return found
    },
    async draft(workspaceId, flowId) {
      const known = await flowOf(workspaceId, flowId, 0)
      if (known.status === 'deleted') throw noFlow()
      return walkable(known, null, graphOf(draftOf(known.draft), 'validation'), known.draft)
    },
    async template(workspaceId, templateId) {
      const { state } = await handle.look(template, templateId, recent)
      return state.status === 'none' || state.workspaceId !== workspaceId ? undefined : state.facts
    },
  }
}

function graphOf({ flowData, startTemplate }: FlowDraft, code: 'conflict' | 'validation'): Graph {
  const read = readGraph(flowData, { startTemplate })
  if (read.ok) return read.graph
  throw new Rejection(
    code,
    `This flow cannot run: ${read.problems[0]?.message ?? 'its graph is wrong'}.`,
    read.problems,
  )
}

function walkable(known: KnownFlow, version: number | null, graph: Graph, { settings }: StoredDraft): Walkable {
  return { flowId: known.id, workspaceId: known.workspaceId, version, graph, settings }
}

const noFlow = () => new Rejection('not-found', 'There is no such flow.')
