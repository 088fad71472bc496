import type {
  AutomationEvent,
  AutomationFacts,
  AutomationRunEvent,
  AutomationTrigger,
} from '../../schemas/automation/events.ts'
import type { ActionResult, AutomationOccasionEvent } from '../../schemas/automation/occasion.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'

export type AutomationRow = {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly trigger: AutomationTrigger
  readonly minutes: number | null
  /** JSON text. */
  readonly senders: string | null
  readonly match: 'all' | 'any'
  /** JSON text. */
  readonly conditions: string
  /** JSON text. */
  readonly actions: string
  readonly active: boolean
  /** Since when it has been as it is, as far as silence is concerned: what was silent for too long before is not its affair. */
  readonly since: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly deletedAt: string | null
  readonly revision: number
}

export function foldAutomation(row: AutomationRow | undefined, event: RecordedEach<AutomationEvent>): AutomationRow {
  const { meta, revision } = event
  const at = utc(meta.at)
  if (event.type === 'AutomationCreated') {
    const { automationId: id, minutes = null, senders = null, conditions, actions, ...others } = event.data
    return {
      id,
      workspaceId: meta.workspaceId,
      ...others,
      minutes,
      senders: senders === null ? null : JSON.stringify(senders),
      conditions: JSON.stringify(conditions),
      actions: JSON.stringify(actions),
      since: at,
      createdAt: at,
      updatedAt: at,
      deletedAt: null,
      revision,
    }
  }
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which was never made`)
  const known = { ...row, updatedAt: at, revision }
  switch (event.type) {
    case 'AutomationUpdated':
      return { ...known, ...asColumns(event.data.changes), since: isNew(event.data.changes) ? at : row.since }
    case 'AutomationDeleted':
      return { ...known, deletedAt: at }
    default:
      event satisfies never
      return known
  }
}

/** Whether a rule on silence begins anew: it was switched on, or looks for another silence. */
function isNew({ active, trigger, minutes }: Partial<AutomationFacts>): boolean {
  return active === true || trigger !== undefined || minutes !== undefined
}

function asColumns({ senders, conditions, actions, ...others }: Partial<AutomationFacts>): Partial<AutomationRow> {
  return {
    ...others,
    ...(senders === undefined ? {} : { senders: JSON.stringify(senders) }),
    ...(conditions === undefined ? {} : { conditions: JSON.stringify(conditions) }),
    ...(actions === undefined ? {} : { actions: JSON.stringify(actions) }),
  }
}

export type AutomationRunRow = {
  readonly id: string
  readonly workspaceId: string
  readonly automationId: string
  readonly conversationId: string
  readonly trigger: AutomationTrigger
  readonly eventId: string
  readonly depth: number
  /** JSON text. */
  readonly conditions: string
  readonly outcome: 'running' | 'done' | 'refused' | 'skipped'
  readonly skipped: string | null
  /** JSON text. */
  readonly actions: string
  readonly startedAt: string
  readonly finishedAt: string | null
}

/** Of runs as they were recorded before occasions were. */
export function foldAutomationRun(
  row: AutomationRunRow | undefined,
  event: RecordedEach<AutomationRunEvent>,
): AutomationRunRow {
  const at = utc(event.meta.at)
  switch (event.type) {
    case 'AutomationFired': {
      const actions = event.data.actions.map(({ type }) => ({ type, outcome: 'running', why: null }))
      return { ...begun(event), outcome: 'running', skipped: null, actions: JSON.stringify(actions), finishedAt: null }
    }
    case 'AutomationSkipped':
      return { ...begun(event), outcome: 'skipped', skipped: event.data.why, actions: '[]', finishedAt: at }
    case 'AutomationFinished': {
      if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which never began`)
      const { actions, finishedAt } = event.data
      return { ...row, ...resultOf(actions), finishedAt: utc(finishedAt) }
    }
    default:
      return event satisfies never
  }
}

/** The runs that begin when rules are judged; those that do not fire have ended as well. */
export function judgedRuns({ data, meta }: RecordedOf<'AutomationsJudged'>): AutomationRunRow[] {
  const { conversationId, trigger, eventId, depth, verdicts } = data
  const startedAt = utc(meta.at)
  return verdicts.map((verdict) => {
    const { runId: id, automationId, conditions } = verdict
    const about = {
      id,
      workspaceId: meta.workspaceId,
      automationId,
      conversationId,
      trigger,
      eventId,
      depth,
      startedAt,
    }
    const judged = { ...about, conditions: JSON.stringify(conditions) }
    if ('why' in verdict) {
      return { ...judged, outcome: 'skipped', skipped: verdict.why, actions: '[]', finishedAt: startedAt }
    }
    const actions = verdict.actions.map((type) => ({ type, outcome: 'running', why: null }))
    return { ...judged, outcome: 'running', skipped: null, actions: JSON.stringify(actions), finishedAt: null }
  })
}

/** What changes in the row of a run when its actions have been done. */
export function carriedOut({ data }: RecordedOf<'AutomationCarriedOut'>) {
  return { ...resultOf(data.actions), finishedAt: utc(data.finishedAt) }
}

type RecordedOf<T extends AutomationOccasionEvent['type']> = RecordedEach<Extract<AutomationOccasionEvent, { type: T }>>

function begun({ data, meta }: Exclude<RecordedEach<AutomationRunEvent>, { type: 'AutomationFinished' }>) {
  const { runId: id, automationId, conversationId, trigger, eventId, depth, conditions } = data
  return {
    id,
    workspaceId: meta.workspaceId,
    automationId,
    conversationId,
    trigger,
    eventId,
    depth,
    conditions: JSON.stringify(conditions),
    startedAt: utc(meta.at),
  }
}

function resultOf(actions: readonly ActionResult[]): Pick<AutomationRunRow, 'outcome' | 'actions'> {
  const outcome = actions.every((action) => action.outcome === 'done') ? 'done' : 'refused'
  return { outcome, actions: JSON.stringify(actions.map(({ why = null, ...action }) => ({ ...action, why }))) }
}
