import { LRUCache } from 'lru-cache'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { Graph, GraphNode } from '../../schemas/flow/graph.ts'
import { InternalFlowVersion } from '../../schemas/flow/resource.ts'
import { flowRoutes } from '../../schemas/flow/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'
import { InternalTemplate } from '../../schemas/template/resource.ts'
import { templateRoutes } from '../../schemas/template/routes.ts'
import { callerFor } from '../actions/ask.ts'
import { readGraph } from '../domain/graph/read.ts'
import type { ActiveRun } from '../domain/run/run.ts'

/** Nodes of versions that are kept, which never change. */
const keptNodes = 50_000
/** How old a template may be that is sent. */
const templateMs = 1000

/** What flows say, as command-api has it. */
export interface Book {
  /** Undefined where the version has no node of this id. */
  nodeOf(run: ActiveRun): Promise<GraphNode | undefined>
  /** Undefined where there never was one. */
  template(workspaceId: string, id: string): Promise<TemplateFacts | undefined>
}

export function createBook(commandApi: Service): Book {
  const getVersion = serviceCall(commandApi, flowRoutes.internalVersion, InternalFlowVersion)
  const getTemplate = serviceCall(commandApi, templateRoutes.internal, InternalTemplate)

  const graphs = new LRUCache<string, Graph, ActiveRun>({
    maxSize: keptNodes,
    sizeCalculation: ({ nodes }) => Math.max(1, nodes.size),
    async fetchMethod(_key, _stale, { context: { workspaceId, flowId, version } }) {
      const params = { id: flowId, version: String(version) }
      const { body } = await getVersion({ caller: callerFor(workspaceId), params })
      const read = readGraph(body.flowData, body)
      if (!read.ok) throw new Error(`Version ${version} of the flow ${flowId} cannot be walked on`)
      return read.graph
    },
  })
  const templates = new LRUCache<string, { found: TemplateFacts | undefined }, string>({
    max: 1000,
    ttl: templateMs,
    async fetchMethod(id, _stale, { context: workspaceId }) {
      try {
        return { found: (await getTemplate({ caller: callerFor(workspaceId), params: { id } })).body }
      } catch (error) {
        if (error instanceof Rejection && error.code === 'not-found') return { found: undefined }
        throw error
      }
    },
  })
  return {
    async nodeOf(run) {
      const graph = await graphs.forceFetch(`${run.flowId}:${run.version}`, { context: run })
      return graph.nodes.get(run.nodeId)
    },
    async template(workspaceId, id) {
      return (await templates.forceFetch(id, { context: workspaceId })).found
    },
  }
}
