import type pg from 'pg'

/** A message that WhatsApp is to be told. Nothing of a person is in it: the words are read when it is sent, and gone when he is erased. */
export interface Item {
  messageId: string
  conversationId: string
  workspaceId: string
  channelId: string
  /** Of the message in the stream of its conversation. */
  revision: number
  /** When it was sent here, ISO 8601. */
  at: string
}

export interface DueItem extends Item {
  /** How often it has failed. */
  tries: number
}

/** One that nobody tries any more until somebody says so. */
export interface DeadItem extends DueItem {
  why: string
  diedAt: string
}

export interface Counts {
  waiting: number
  dead: number
}

/**
 * What is still to be sent, in Postgres beside the checkpoint that it follows from: neither may be lost without the other, and Redis may
 * be lost at any time. Of each conversation only the first is due, so that all of it is sent in order.
 */
export interface Outbox {
  create(): Promise<void>
  /** Once for each message, however often it is asked. */
  add(item: Item): Promise<void>
  due(limit: number, but: readonly string[]): Promise<DueItem[]>
  /** It is sent, or there is nothing to send. */
  done(messageId: string): Promise<void>
  postpone(messageId: string, why: string, delayMs: number): Promise<void>
  die(messageId: string, why: string): Promise<void>
  counts(): Promise<Counts>
  /** The latest first. */
  dead(): Promise<DeadItem[]>
  /** Has a dead one tried anew, with all its tries; false when there is none. */
  retry(messageId: string): Promise<boolean>
  discard(messageId: string): Promise<boolean>
  /** Forgets those that died more than a week ago. */
  sweep(): Promise<void>
}

const columns = `message_id as "messageId", conversation_id as "conversationId", workspace_id as "workspaceId",
  channel_id as "channelId", revision, at, tries`

export function createOutbox(pool: pg.Pool): Outbox {
  const changed = async (text: string, ...values: unknown[]) => ((await pool.query(text, values)).rowCount ?? 0) > 0
  return {
    async create() {
      // One simple query is one transaction; the lock keeps processes that start together from tripping over each other.
      await pool.query(`
        select pg_advisory_xact_lock(hashtext('parley reactions'));
        create schema if not exists reactions;
        create table if not exists reactions.whatsapp_outbox (
          message_id uuid primary key,
          conversation_id uuid not null,
          workspace_id uuid not null,
          channel_id uuid not null,
          revision integer not null,
          at timestamptz not null,
          tries integer not null default 0,
          next_at timestamptz not null default now(),
          why text,
          died_at timestamptz
        );
        create index if not exists whatsapp_outbox_waiting on reactions.whatsapp_outbox (conversation_id, revision)
          where died_at is null;
        create index if not exists whatsapp_outbox_dead on reactions.whatsapp_outbox (died_at) where died_at is not null`)
    },
    async add({ messageId, conversationId, workspaceId, channelId, revision, at }) {
      await pool.query(
        `insert into reactions.whatsapp_outbox (message_id, conversation_id, workspace_id, channel_id, revision, at)
         values ($1, $2, $3, $4, $5, $6) on conflict (message_id) do nothing`,
        [messageId, conversationId, workspaceId, channelId, revision, at],
      )
    },
    async due(limit, but) {
      const { rows } = await pool.query<Row>(
        `select ${columns} from (
           select distinct on (conversation_id) * from reactions.whatsapp_outbox
           where died_at is null and conversation_id <> all($2::uuid[])
           order by conversation_id, revision
         ) as first where next_at <= now() order by next_at limit $1`,
        [limit, but],
      )
      return rows.map(itemOf)
    },
    async done(id) {
      await changed('delete from reactions.whatsapp_outbox where message_id = $1', id)
    },
    async postpone(id, why, delayMs) {
      await changed(
        `update reactions.whatsapp_outbox
         set tries = tries + 1, why = $2, next_at = now() + $3 * interval '1 millisecond' where message_id = $1`,
        id,
        why,
        delayMs,
      )
    },
    async die(id, why) {
      await changed(
        'update reactions.whatsapp_outbox set tries = tries + 1, why = $2, died_at = now() where message_id = $1',
        id,
        why,
      )
    },
    async counts() {
      const { rows } = await pool.query<{ waiting: string; dead: string }>(
        `select count(*) filter (where died_at is null) as waiting, count(*) filter (where died_at is not null) as dead
         from reactions.whatsapp_outbox`,
      )
      return { waiting: Number(rows[0]?.waiting ?? 0), dead: Number(rows[0]?.dead ?? 0) }
    },
    async dead() {
      const { rows } = await pool.query<Row & { why: string | null; diedAt: Date }>(
        `select ${columns}, why, died_at as "diedAt" from reactions.whatsapp_outbox
         where died_at is not null order by died_at desc limit 10000`,
      )
      return rows.map((row) => ({ ...itemOf(row), why: row.why ?? '', diedAt: row.diedAt.toISOString() }))
    },
    retry: (id) =>
      changed(
        `update reactions.whatsapp_outbox set tries = 0, next_at = now(), died_at = null
         where message_id = $1 and died_at is not null`,
        id,
      ),
    discard: (id) => changed('delete from reactions.whatsapp_outbox where message_id = $1 and died_at is not null', id),
    async sweep() {
      await changed("delete from reactions.whatsapp_outbox where died_at < now() - interval '7 days'")
    },
  }
}

type Row = Omit<DueItem, 'at'> & { at: Date }

function itemOf({ messageId, conversationId, workspaceId, channelId, revision, at, tries }: Row): DueItem {
  return { messageId, conversationId, workspaceId, channelId, revision, at: at.toISOString(), tries }
}
