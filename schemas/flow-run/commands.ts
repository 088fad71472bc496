import type { FlowSettings } from '../flow/events.ts'
import type { Graph } from '../flow/graph.ts'
import type { TemplateButton } from '../template/events.ts'
import type { StepResult } from './events.ts'
import type { RunOutcome, RunStarter } from './outcomes.ts'

/** What may be asked of a run. Each names the step that it is about: one that is over is not done again. */
export type FlowRunCommand = StartRun | CompleteStep | ReplyToRun | TimeOutRun | EndRun

/** What a run walks on, and when. */
export interface Walk {
  /** Of the version to which the run is pinned. */
  graph: Graph
  settings: FlowSettings
  /** ISO 8601 UTC. */
  now: string
}

export interface StartRun extends Walk {
  type: 'StartRun'
  runId: string
  flowId: string
  version: number
  conversationId: string
  sessionId: string
  contactId: string
  startedBy: RunStarter
  starterId: string | null
  depth: number
}

/** The effect of the node at this step was done, or could not be. */
export interface CompleteStep extends Walk {
  type: 'CompleteStep'
  step: number
  result: StepResult
  /** What it sets: a variable of set_variable, or what a webhook answered. */
  variable?: { name: string; value: string } | undefined
}

/** The visitor answered the question of this step. */
export interface ReplyToRun extends Walk {
  type: 'ReplyToRun'
  step: number
  messageId: string
  /** Of the message in the conversation's stream: a reply stands after the question. */
  revision: number
  text: string
  /** What a clicked button stands for, where the channel says it. */
  value: string | null
  /** Of the template that asked. */
  buttons: readonly TemplateButton[]
}

export interface TimeOutRun extends Walk {
  type: 'TimeOutRun'
  step: number
}

export interface EndRun {
  type: 'EndRun'
  outcome: RunOutcome
  why: string
}
