import { add, folding, type Op, type Projection, part, put, set } from '../projection.ts'
import { table } from '../table.ts'
import {
  type AutomationRow,
  type AutomationRunRow,
  carriedOut,
  foldAutomation,
  foldAutomationRun,
  judgedRuns,
} from './fold.ts'

const automations = table<AutomationRow>({
  name: 'automations',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    name: 'text',
    trigger: 'text',
    minutes: 'integer?',
    senders: 'json?',
    match: 'text',
    conditions: 'json',
    actions: 'json',
    active: 'boolean',
    since: 'timestamptz',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    deletedAt: 'timestamptz?',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [
    { columns: ['workspace_id', 'created_at', 'id'] },
    // Asked for all workspaces at once, every few seconds.
    { columns: ['id'], where: "trigger = 'no_reply' and active and deleted_at is null" },
  ],
})

const runs = table<AutomationRunRow>({
  name: 'automation_runs',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    automationId: 'uuid',
    conversationId: 'uuid',
    trigger: 'text',
    eventId: 'uuid',
    depth: 'integer',
    conditions: 'json',
    outcome: 'text',
    skipped: 'text?',
    actions: 'json',
    startedAt: 'timestamptz',
    finishedAt: 'timestamptz?',
  },
  key: ['id'],
  indexes: [
    { columns: ['automation_id', 'started_at', 'id'] },
    { columns: ['automation_id', 'outcome', 'started_at', 'id'] },
    { columns: ['event_id', 'automation_id'], where: "trigger = 'no_reply'" },
  ],
})

type OccasionRow = { readonly id: string; readonly workspaceId: string; readonly ended: number }

/** What set rules off, and of how many the actions have been done. */
const occasions = table<OccasionRow>({
  name: 'automation_occasions',
  columns: { id: 'uuid', workspaceId: 'uuid', ended: 'integer' },
  key: ['id'],
})

type CountRow = { readonly automationId: string; readonly outcome: string; readonly n: number }

/** How many runs of each outcome, so that no list counts its history. */
const counts = table<CountRow>({
  name: 'automation_run_counts',
  columns: { automationId: 'uuid', outcome: 'text', n: 'bigint' },
  key: ['automationId', 'outcome'],
  sums: ['n'],
})

const automation = folding(foldAutomation)
const run = folding(foldAutomationRun)

/** The rules on what happens, and what became of each time that one was set off. */
export const automationsProjection: Projection = {
  name: 'automations',
  version: 2,
  tables: [automations, occasions, runs, counts],
  parts: [
    part<AutomationRow>({
      noun: 'automation',
      state: automations,
      changes: { AutomationCreated: automation, AutomationUpdated: automation, AutomationDeleted: automation },
    }),
    part<OccasionRow>({
      noun: 'automationOccasion',
      state: occasions,
      changes: {
        AutomationsJudged: (_, event) => ({
          row: { id: event.data.occasionId, workspaceId: event.meta.workspaceId, ended: 0 },
          ops: judgedRuns(event).flatMap((row) => [put(runs, row), counted(row, 1)]),
        }),
        AutomationCarriedOut(row, event) {
          if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which was never judged`)
          const { runId: id, automationId } = event.data
          const result = carriedOut(event)
          return {
            row: { ...row, ended: row.ended + 1 },
            ops: [
              set(runs, { id }, result),
              counted({ automationId, outcome: 'running' }, -1),
              counted({ automationId, ...result }, 1),
            ],
          }
        },
      },
    }),
    part<AutomationRunRow>({
      noun: 'automationRun',
      state: runs,
      changes: { AutomationFired: run, AutomationSkipped: run, AutomationFinished: run },
      settle: countOps,
    }),
  ],
}

function countOps(before: AutomationRunRow | undefined, after: AutomationRunRow): Op[] {
  if (before?.outcome === after.outcome) return []
  return [...(before === undefined ? [] : [counted(before, -1)]), counted(after, 1)]
}

function counted({ automationId, outcome }: Pick<CountRow, 'automationId' | 'outcome'>, n: number): Op {
  return add(counts, { automationId, outcome, n })
}
