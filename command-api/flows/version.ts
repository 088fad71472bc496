import { flow, type KnownFlow, type Version } from '../domain/flow/flow.ts'
import type { Handle } from '../handle.ts'

/** A version of a flow; one that its state keeps no longer is read from the log. Undefined where there is none of this number. */
export async function versionOf(
  handle: Pick<Handle, 'at'>,
  { id, versions, activations }: KnownFlow,
  version: number,
): Promise<Version | undefined> {
  const revision = activations[version - 1]
  const kept = versions.get(version)
  if (kept !== undefined || revision === undefined) return kept
  const { state } = await handle.at(flow, id, revision)
  return state.status === 'none' ? undefined : state.versions.get(version)
}
