import type { Unanswered } from '../../schemas/automation/resource.ts'
import type { Reader } from '../reader.ts'

/**
 * Open conversations that have waited for an answer for longer than a no_reply automation of their workspace allows. The moment when that
 * was reached must lie after the automation was made, or switched on: an admin who makes one does not expect it to answer what was said
 * last week. It may lie a week back at most, and the automation must not have run its course for it.
 */
export async function unanswered(reader: Reader, now: Date, limit: number): Promise<Unanswered[]> {
  return reader.rows<Unanswered>(
    `select a.id as "automationId", a.workspace_id as "workspaceId", c.id as "conversationId",
       c.unanswered_event_id as "eventId", c.unanswered_revision as revision
     from read.automations a cross join lateral (
       select c.id, c.unanswered_event_id, c.unanswered_revision from read.conversations c
       where c.workspace_id = a.workspace_id and c.status = 'open'
         and c.unanswered_since <= cast(:now as timestamptz) - make_interval(mins => a.minutes)
         and c.unanswered_since > cast(:now as timestamptz) - make_interval(mins => a.minutes, days => 7)
         and c.unanswered_since > a.since - make_interval(mins => a.minutes)
         and not exists (
           select 1 from read.automation_runs r
           where r.trigger = 'no_reply' and r.event_id = c.unanswered_event_id and r.automation_id = a.id
             and r.outcome <> 'running')
       order by c.unanswered_since, c.id limit :limit) c
     where a.trigger = 'no_reply' and a.active and a.deleted_at is null`,
    { now: now.toISOString(), limit },
  )
}
