import type { FlowSettings } from '../../schemas/flow/events.ts'
import type { Graph } from '../../schemas/flow/graph.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'

/** A version of a flow, or its draft, read and ready to be walked on. */
export interface Walkable {
  flowId: string
  workspaceId: string
  /** null: the draft. */
  version: number | null
  graph: Graph
  settings: FlowSettings
}

/** Where runs find the flows that they walk on. */
export interface FlowBook {
  /** The version that new runs take. Throws Rejection('not-found'), also for another workspace's, and Rejection('flow-inactive'). */
  active(workspaceId: string, flowId: string): Promise<Walkable>
  /** A version, also of a flow that was deleted since. Throws Rejection('not-found'). */
  version(workspaceId: string, flowId: string, version: number): Promise<Walkable>
  /** Throws Rejection('validation') where it is not fit to be walked on. */
  draft(workspaceId: string, flowId: string): Promise<Walkable>
  /** Undefined for one that never was. */
  template(workspaceId: string, templateId: string): Promise<TemplateFacts | undefined>
}
