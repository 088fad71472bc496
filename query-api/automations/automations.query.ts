import type { AutomationFacts } from '../../schemas/automation/events.ts'
import { type Automation, automationOf, defaultSenders, type TriggerRule } from '../../schemas/automation/resource.ts'
import type { Reader } from '../reader.ts'

type Read = Omit<Automation, 'createdAt' | 'updatedAt'> & { createdAt: Date; updatedAt: Date; revision: number }

const columns = `id, workspace_id as "workspaceId", name, trigger, minutes, senders, match, conditions, actions, active,
  created_at as "createdAt", updated_at as "updatedAt", revision`

/** All of a workspace, the oldest first. */
export async function automationsOf(reader: Reader, workspaceId: string): Promise<Automation[]> {
  const rows = await reader.rows<Read>(
    `select ${columns} from read.automations where workspace_id = :workspaceId and deleted_at is null
     order by created_at, id`,
    { workspaceId },
  )
  return rows.map((row) => foundOf(row).automation)
}

export async function automationById(
  reader: Reader,
  workspaceId: string,
  id: string,
): Promise<{ automation: Automation; revision: number } | undefined> {
  const [row] = await reader.rows<Read>(
    `select ${columns} from read.automations where id = :id and workspace_id = :workspaceId and deleted_at is null`,
    { id, workspaceId },
  )
  return row && foundOf(row)
}

/** The active ones of a workspace, as far as it takes to judge whether they fire. */
export async function triggersOf(reader: Reader, workspaceId: string): Promise<TriggerRule[]> {
  const rows = await reader.rows<
    Omit<TriggerRule, 'senders' | 'actions' | 'createdAt'> &
      Pick<Read, 'actions' | 'createdAt'> & { senders: AutomationFacts['senders'] | null }
  >(
    `select id, revision, trigger, senders, match, conditions, actions, created_at as "createdAt" from read.automations
     where workspace_id = :workspaceId and active and deleted_at is null order by created_at, id`,
    { workspaceId },
  )
  return rows.map(({ senders, actions, createdAt, ...rule }) => ({
    ...rule,
    senders: rule.trigger === 'message_received' ? (senders ?? defaultSenders) : null,
    actions: actions.map(({ type }) => type),
    createdAt: createdAt.toISOString(),
  }))
}

function foundOf({ createdAt, updatedAt, revision, ...row }: Read): { automation: Automation; revision: number } {
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
  return { automation: automationOf({ ...row, ...times }), revision }
}
