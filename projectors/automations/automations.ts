import { add, folding, type Op, type Projection, part } from '../projection.ts'
import { table } from '../table.ts'
import { type AutomationRow, type AutomationRunRow, foldAutomation, foldAutomationRun } from './fold.ts'

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
  version: 1,
  tables: [automations, runs, counts],
  parts: [
    part<AutomationRow>({
      noun: 'automation',
      state: automations,
      changes: { AutomationCreated: automation, AutomationUpdated: automation, AutomationDeleted: automation },
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
  const rows = [...(before === undefined ? [] : [{ ...before, n: -1 }]), { ...after, n: 1 }]
  return rows.map(({ automationId, outcome, n }) => add(counts, { automationId, outcome, n }))
}
