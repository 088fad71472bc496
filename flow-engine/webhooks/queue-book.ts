import type pg from 'pg'
import type { LogPosition } from '../../schemas/envelope.ts'

/** A webhook as far as it matters to what is queued for it. */
export interface Subscriber {
  id: string
  workspaceId: string
  url: string
  events: readonly string[]
  active: boolean
}

/** An event that a webhook is to be sent. */
export interface NewDelivery {
  id: string
  webhookId: string
  workspaceId: string
  conversationId: string | null
  eventId: string
  type: string
  event: string
  stream: string
  revision: number
  commit: string
  prepare: string
  appendedAt: string
}

/** What an event of the log changes in the queue. */
export type Step =
  | { kind: 'deliver'; delivery: NewDelivery }
  | { kind: 'subscriber'; subscriber: Subscriber }
  | { kind: 'deleted'; webhookId: string }
  | { kind: 'again'; deliveryId: string; webhookId: string }
  | { kind: 'replay'; id: string; webhookId: string; from: string; until: LogPosition }

/** How far the log has been queued, and who is subscribed as of there. */
export interface QueueBook {
  load(): Promise<{ after: LogPosition | undefined; subscribers: Subscriber[] }>
  /** All of it, and how far it goes, or nothing. May be repeated. */
  commit(steps: readonly Step[], position: LogPosition): Promise<void>
}

const checkpoint = 'webhooks'

export function createQueueBook(pool: pg.Pool): QueueBook {
  return {
    async load() {
      const at = await pool.query<{ commit: string; prepare: string }>(
        'select commit::text, prepare::text from reactions.checkpoints where name = $1',
        [checkpoint],
      )
      const [found] = at.rows
      const { rows } = await pool.query<Subscriber>(
        'select id, workspace_id as "workspaceId", url, events, active from reactions.webhooks',
      )
      const after = found && { commit: BigInt(found.commit), prepare: BigInt(found.prepare) }
      return { after, subscribers: rows }
    },
    commit: (steps, position) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `insert into reactions.checkpoints as c (name, commit, prepare) values ($1, $2, $3)
           on conflict (name) do update set commit = excluded.commit, prepare = excluded.prepare, updated_at = now()
           where (c.commit, c.prepare) <= (excluded.commit, excluded.prepare)`,
          [checkpoint, String(position.commit), String(position.prepare)],
        )
        // What it knows of who is subscribed is older than what is written there.
        if (rowCount === 0)
          throw new Error('Another process has queued for webhooks beyond here: this one no longer leads')
        for (const run of runsOf(steps)) await apply(client, run)
      }),
  }
}

export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    // The connection goes with whatever it had begun.
    client.release(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

/** Queues deliveries. Those that are queued already stay as they are, or, when they are wanted again, begin anew. */
export async function insertDeliveries(
  client: pg.PoolClient,
  deliveries: readonly NewDelivery[],
  again = false,
): Promise<void> {
  if (deliveries.length === 0) return
  await client.query(
    `insert into reactions.deliveries as d
       (id, webhook_id, workspace_id, conversation_id, event_id, type, event, stream, revision, commit, prepare, appended_at)
     select "id", "webhookId", "workspaceId", "conversationId", "eventId", "type", "event", "stream", "revision", "commit",
       "prepare", "appendedAt"
     from jsonb_to_recordset($1::jsonb) as r("id" uuid, "webhookId" uuid, "workspaceId" uuid, "conversationId" uuid,
       "eventId" uuid, "type" text, "event" text, "stream" text, "revision" integer, "commit" bigint, "prepare" bigint,
       "appendedAt" timestamptz)
     on conflict (id) do ${again ? `update set ${anew()}` : 'nothing'}`,
    [JSON.stringify(deliveries)],
  )
}

/** A delivery as it was when it was queued; who is sending it at this moment sees by the generation that it does not count any more. */
export const anew = (
  dueAt = 'now()',
) => `status = 'waiting', generation = d.generation + 1, tries = 0, last_status = null,
  last_error = null, next_at = ${dueAt}, delivered_at = null, took_ms = null`

/** Neighbours that are deliveries go in one statement. */
function runsOf(steps: readonly Step[]): (Exclude<Step, { kind: 'deliver' }> | NewDelivery[])[] {
  const runs: (Exclude<Step, { kind: 'deliver' }> | NewDelivery[])[] = []
  for (const step of steps) {
    const last = runs.at(-1)
    if (step.kind !== 'deliver') runs.push(step)
    else if (Array.isArray(last)) last.push(step.delivery)
    else runs.push([step.delivery])
  }
  return runs
}

async function apply(client: pg.PoolClient, step: Exclude<Step, { kind: 'deliver' }> | NewDelivery[]): Promise<void> {
  if (Array.isArray(step)) return insertDeliveries(client, step)
  switch (step.kind) {
    case 'subscriber': {
      const { id, workspaceId, url, events, active } = step.subscriber
      await client.query(
        `insert into reactions.webhooks (id, workspace_id, url, events, active) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set url = excluded.url, events = excluded.events, active = excluded.active`,
        [id, workspaceId, url, [...events], active],
      )
      return
    }
    case 'deleted':
      await client.query('delete from reactions.webhooks where id = $1', [step.webhookId])
      await client.query('update reactions.webhook_replays set done = true where webhook_id = $1', [step.webhookId])
      await client.query(
        `update reactions.deliveries set status = 'skipped', generation = generation + 1, last_error = 'The webhook was deleted.'
         where webhook_id = $1 and status in ('waiting', 'retrying', 'dead')`,
        [step.webhookId],
      )
      return
    case 'again':
      await client.query(`update reactions.deliveries d set ${anew()} where id = $1 and webhook_id = $2`, [
        step.deliveryId,
        step.webhookId,
      ])
      return
    case 'replay':
      await client.query(
        `insert into reactions.webhook_replays (id, webhook_id, began, until_commit, until_prepare)
         values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
        [step.id, step.webhookId, step.from, String(step.until.commit), String(step.until.prepare)],
      )
      return
    default:
      step satisfies never
  }
}
