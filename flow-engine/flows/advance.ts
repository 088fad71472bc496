import { v5 as uuidV5 } from 'uuid'
import type { GraphNode } from '../../schemas/flow/graph.ts'
import type { ActiveRun, BegunRun } from '../domain/run/run.ts'
import { firstAfter, type Scene } from '../domain/scene/scene.ts'
import type { Stepped, Stepping } from '../steps/step.ts'
import { causeOf, type Moves } from './moves.ts'
import { type FactTools, factsOfRun } from './run-facts.ts'
import type { Streams } from './streams.ts'

export interface AdvanceTools extends FactTools {
  streams: Pick<Streams, 'run' | 'keep' | 'scene' | 'words'>
  /** The node of a run; undefined where its version has none of this id. */
  nodeOf: (run: ActiveRun) => Promise<GraphNode | undefined>
  /** Does the effect of a node. Throws where another try may do better. */
  perform: (node: GraphNode, stepping: Stepping) => Promise<Stepped>
  moves: Moves
  /** Told of each step that was done, and since when the visitor had waited for it, where he had. */
  stepped: (node: GraphNode, since: string | undefined) => void
  now: () => number
}

export interface Wanted {
  runId: string
  /** Where the run begins, should it not have begun. */
  conversationId?: string | undefined
  /** As it was a moment ago, by the step before: it is not read again. What others did meanwhile shows when this step is told. */
  run?: BegunRun | undefined
  /** Whether to do what is to be done, or but to look whether somebody has answered, or time has passed. */
  act: boolean
  isLast: boolean
}

/** How a run stands after it was advanced. */
export type Advanced =
  /** The next step of the run is to be done. `waited`: the one that has just been waiting, and waits no more. */
  | { kind: 'step'; run: ActiveRun; waited?: number }
  | { kind: 'waits'; step: number; until: string; waited?: number }
  | { kind: 'rests'; waited?: number }

const rests: Advanced = { kind: 'rests' }

/**
 * Does the next thing that is due in a run, as the log has it. May be called at any time, any number of times, by any number of
 * processes: each effect has a key derived from run and step, and command-api takes the outcome of a step once.
 */
export async function advance(tools: AdvanceTools, wanted: Wanted): Promise<Advanced> {
  const run = await begun(tools, wanted)
  if (run === undefined) return rests
  const scene = await tools.streams.scene(run)
  // It was ended since the step before.
  if (wanted.run !== undefined && scene.closed) return advance(tools, { ...wanted, run: undefined })
  if (run.status === 'ended') {
    // Whoever ended it died before the conversation was told.
    if (scene.begun && !scene.closed) await tools.moves.end(run, run)
    return rests
  }
  if (scene.over !== null) return after(tools, run, await tools.moves.end(run, scene.over))
  switch (run.doing.kind) {
    case 'effect':
      return wanted.act ? effect(tools, run, scene, wanted) : rests
    case 'reply': {
      const heard = firstAfter(scene, run.doing.asked)
      const words = heard && (await tools.streams.words(run.conversationId, heard))
      if (heard === undefined || words === undefined) return wait(tools, run, run.doing)
      return after(tools, run, await tools.moves.reply(run, heard, words))
    }
    case 'time':
      return wait(tools, run, run.doing)
    default:
      return run.doing satisfies never
  }
}

async function begun(
  { streams, moves }: AdvanceTools,
  { runId, conversationId, run, act }: Wanted,
): Promise<BegunRun | undefined> {
  const state = run ?? (await streams.run(runId))
  if (state.status !== 'none') return state
  // Whoever started it died before its first event, or has not come to it yet.
  return conversationId === undefined || !act ? undefined : moves.begin(runId, conversationId)
}

async function effect(tools: AdvanceTools, run: ActiveRun, scene: Scene, { isLast }: Wanted): Promise<Advanced> {
  const { moves, streams } = tools
  const node = await tools.nodeOf(run)
  if (node === undefined) return after(tools, run, await moves.end(run, { outcome: 'failed', why: 'missing-node' }))
  const stepped = await tools.perform(node, steppingOf(tools, run, scene, isLast))
  if (stepped.result.kind === 'refused') {
    // It may be refused because of what has happened since the look.
    const { over } = await streams.scene(run)
    if (over !== null) return after(tools, run, await moves.end(run, over))
  }
  const told = await moves.step(run, stepped)
  tools.stepped(node, stepped.result.kind === 'sent' ? sinceOf(run, scene) : undefined)
  const next = after(tools, run, told)
  // A reply may have come while the question was still on its way.
  return next.kind === 'waits' ? advance(tools, { runId: run.id, run: told, act: false, isLast }) : next
}

function steppingOf(tools: AdvanceTools, run: ActiveRun, scene: Scene, isLast: boolean): Stepping {
  const { id, step, workspaceId, conversationId, enteredId } = run
  return {
    workspaceId,
    conversationId,
    cause: causeOf(run),
    key: uuidV5(`step:${step}`, id),
    facts: factsOfRun(tools, run, scene),
    sent: scene.sent.get(enteredId),
    isLast,
  }
}

const sinceOf = ({ lastReply }: ActiveRun, { heard }: Scene) =>
  heard.find(({ messageId }) => messageId === lastReply?.messageId)?.at

async function wait(tools: AdvanceTools, run: ActiveRun, { until }: { until: string }): Promise<Advanced> {
  if (Date.parse(until) > tools.now()) return { kind: 'waits', step: run.step, until }
  return after(tools, run, await tools.moves.timeOut(run))
}

/** What follows from how the run stands after it was told something. */
function after({ streams }: AdvanceTools, before: ActiveRun, run: BegunRun): Advanced {
  streams.keep(run)
  const waited = before.doing.kind === 'effect' ? {} : { waited: before.step }
  if (run.status === 'ended') return { kind: 'rests', ...waited }
  const { step, doing } = run
  if (doing.kind === 'effect') return step > before.step ? { kind: 'step', run, ...waited } : rests
  return { kind: 'waits', step, until: doing.until, ...waited }
}
