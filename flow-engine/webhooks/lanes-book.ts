import type pg from 'pg'
import { anew } from './queue-book.ts'

/** What is to be delivered in order: one conversation (or whatever else the event is of) to one webhook. */
export interface Lane {
  webhookId: string
  stream: string
}

/** A delivery that waits. */
export interface Waiting extends Lane {
  id: string
  workspaceId: string
  event: string
  revision: number
  generation: number
  tries: number
  appendedAt: Date
  /** Milliseconds until it is to be tried; 0 or less: now. */
  dueInMs: number
}

export type Conclusion =
  | { status: 'delivered'; lastStatus: number; tookMs: number }
  | { status: 'retrying'; lastStatus: number | null; why: string; delayMs: number; tookMs: number }
  | { status: 'dead'; lastStatus: number | null; why: string; tookMs: number | null }
  | { status: 'skipped'; why: string }

export interface Depth {
  waiting: number
  retrying: number
  dead: number
  /** Of the oldest that waits, in seconds since it was queued. */
  oldestSeconds: number
}

export interface WebhookDepth extends Depth {
  webhookId: string
  workspaceId: string
  url: string
  active: boolean
}

export interface DeadDelivery {
  id: string
  webhookId: string
  conversationId: string | null
  event: string
  tries: number
  why: string
  appendedAt: Date
}

/** The rows of the queue, as those who deliver see them. */
export interface LanesBook {
  /** The first that waits in a lane. */
  head(lane: Lane): Promise<Waiting | undefined>
  /** What came of a try. False when the delivery was begun anew meanwhile: then it counts for nothing. */
  conclude(delivery: Waiting, conclusion: Conclusion): Promise<boolean>
  /** Lanes whose first delivery should have been tried so many milliseconds ago. */
  overdue(byMs: number, most: number): Promise<Lane[]>
  /** Whether there is any webhook that is sent something. */
  isUsed(): Promise<boolean>
  prune(days: number): Promise<number>
  depth(): Promise<Depth>
  depths(): Promise<WebhookDepth[]>
  dead(webhookId?: string): Promise<DeadDelivery[]>
  /** Those that are dead, of these ids, or all. Gives the ids that were found. */
  retry(ids?: readonly string[]): Promise<string[]>
  discard(ids?: readonly string[]): Promise<string[]>
}

const pending = `status in ('waiting', 'retrying')`
const depths = `count(*) filter (where status = 'waiting')::int as waiting,
  count(*) filter (where status = 'retrying')::int as retrying, count(*) filter (where status = 'dead')::int as dead,
  coalesce(extract(epoch from now() - min(created_at) filter (where ${pending})), 0)::float as "oldestSeconds"`

export function createLanesBook(pool: pg.Pool): LanesBook {
  const ofDead = async (change: string, ids: readonly string[] | undefined): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>(
      `update reactions.deliveries d set ${change}
       where status = 'dead' and ($1::text[] is null or id::text = any($1)) returning id`,
      [ids === undefined ? null : [...ids]],
    )
    return rows.map(({ id }) => id)
  }
  return {
    async head({ webhookId, stream }) {
      const { rows } = await pool.query<Waiting>(
        `select id, webhook_id as "webhookId", stream, workspace_id as "workspaceId", event, revision, generation, tries,
           appended_at as "appendedAt", (extract(epoch from next_at - clock_timestamp()) * 1000)::float as "dueInMs"
         from reactions.deliveries where webhook_id = $1 and stream = $2 and ${pending}
         order by commit, prepare limit 1`,
        [webhookId, stream],
      )
      return rows[0]
    },
    async conclude({ id, generation }, conclusion) {
      const { status } = conclusion
      const tried = status === 'skipped' ? 0 : 1
      const lastStatus = status === 'skipped' ? null : conclusion.lastStatus
      const why = status === 'delivered' ? null : conclusion.why
      const tookMs = status === 'skipped' ? null : conclusion.tookMs
      const delayMs = status === 'retrying' ? conclusion.delayMs : 0
      const { rowCount } = await pool.query(
        `update reactions.deliveries set status = $3, tries = tries + $4, last_status = $5, last_error = $6, took_ms = $7,
           next_at = clock_timestamp() + $8 * interval '1 millisecond',
           delivered_at = case when $3 = 'delivered' then clock_timestamp() end
         where id = $1 and generation = $2 and ${pending}`,
        [id, generation, status, tried, lastStatus, why, tookMs === null ? null : Math.round(tookMs), delayMs],
      )
      return rowCount === 1
    },
    // From lane to lane by the index: there may be few with very many that wait behind the first.
    async overdue(byMs, most) {
      const { rows } = await pool.query<Lane>(
        `with recursive lanes as (
           (select webhook_id, stream from reactions.deliveries where ${pending} order by webhook_id, stream limit 1)
           union all
           select next.webhook_id, next.stream from lanes l cross join lateral (
             select webhook_id, stream from reactions.deliveries
             where ${pending} and (webhook_id, stream) > (l.webhook_id, l.stream)
             order by webhook_id, stream limit 1) next)
         select l.webhook_id as "webhookId", l.stream from lanes l cross join lateral (
           select next_at from reactions.deliveries
           where webhook_id = l.webhook_id and stream = l.stream and ${pending} order by commit, prepare limit 1) first
         where first.next_at < clock_timestamp() - $1 * interval '1 millisecond' order by first.next_at limit $2`,
        [byMs, most],
      )
      return rows
    },
    async isUsed() {
      const { rowCount } = await pool.query('select 1 from reactions.webhooks where active limit 1')
      return rowCount === 1
    },
    async prune(days) {
      const { rowCount } = await pool.query(
        `delete from reactions.deliveries
         where created_at < now() - $1 * interval '1 day' and status in ('delivered', 'dead', 'skipped')`,
        [days],
      )
      await pool.query(`delete from reactions.webhook_replays where done and created_at < now() - interval '30 days'`)
      return rowCount ?? 0
    },
    async depth() {
      const { rows } = await pool.query<Depth>(
        `select ${depths} from reactions.deliveries where ${pending} or status = 'dead'`,
      )
      return rows[0] ?? { waiting: 0, retrying: 0, dead: 0, oldestSeconds: 0 }
    },
    async depths() {
      const { rows } = await pool.query<WebhookDepth>(
        `select w.id as "webhookId", w.workspace_id as "workspaceId", w.url, w.active, d.*
         from reactions.webhooks w cross join lateral (
           select ${depths} from reactions.deliveries where webhook_id = w.id and (${pending} or status = 'dead')) d
         order by d.dead + d.retrying desc, w.id`,
      )
      return rows
    },
    async dead(webhookId) {
      const { rows } = await pool.query<DeadDelivery>(
        `select id, webhook_id as "webhookId", conversation_id as "conversationId", event, tries, last_error as why,
           appended_at as "appendedAt"
         from reactions.deliveries where status = 'dead' and ($1::uuid is null or webhook_id = $1)
         order by commit desc limit 1000`,
        [webhookId ?? null],
      )
      return rows
    },
    // Nobody is told: the sweep finds what should have been tried a while ago.
    retry: (ids) => ofDead(anew(`now() - interval '1 minute'`), ids),
    discard: (ids) => ofDead(`status = 'skipped', generation = generation + 1`, ids),
  }
}
