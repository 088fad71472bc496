import type { GraphNode } from '../../schemas/flow/graph.ts'
import { holds } from '../domain/conditions/evaluate.ts'
import type { Stepped, Stepping } from './step.ts'

export async function branch(
  { condition }: Extract<GraphNode, { type: 'condition' }>,
  { facts }: Pick<Stepping, 'facts'>,
): Promise<Stepped> {
  return { result: { kind: 'condition', holds: holds(condition, await facts([condition.field])) } }
}
