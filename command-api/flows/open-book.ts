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

/** Graphs that were read, and never change. */
const kept = 200

export function openFlowBook(handle: Handle): FlowBook {
  const graphs = new LRUCache<string, Graph>({ max: kept })

  const flowOf = async (workspaceId: string, flowId: string, maxAgeMs: number): Promise<KnownFlow> => {
    const { state } = await handle.look(flow, flowId, maxAgeMs)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw noFlow()
    return state
  }

  const versionOf = (known: KnownFlow, version: number): Walkable | undefined => {
    const found = known.versions.get(version)
    if (found === undefined) return undefined
    const key = `${known.id}/${version}`
    const graph = graphs.get(key) ?? graphOf(draftOf(found.draft), 'conflict')
    graphs.set(key, graph)
    return walkable(known, version, graph, found.draft)
  }

  return {
    async active(workspaceId, flowId) {
      const known = await flowOf(workspaceId, flowId, recent)
      if (known.status === 'deleted') throw noFlow()
      const latest = latestOf(known)
      const found = known.active && latest !== undefined ? versionOf(known, latest.version) : undefined
      if (found === undefined) throw new Rejection('flow-inactive', 'This flow is not active: activate it first.')
      return found
    },
    async version(workspaceId, flowId, version) {
      const known = await flowOf(workspaceId, flowId, Number.POSITIVE_INFINITY)
      const found = versionOf(known, version) ?? versionOf(await flowOf(workspaceId, flowId, 0), version)
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
