import type pg from 'pg'
import { type EventLog, isUndecodable } from '../../infra/runtime/event-store/log.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { comparePositions, formatPosition, type LogPosition, parsePosition } from '../../schemas/envelope.ts'
import { wants, webhookEventName } from '../../schemas/webhook/event-names.ts'
import type { WebhookEvent } from '../../schemas/webhook/events.ts'
import type { Lane } from './lanes-book.ts'
import { insertDeliveries, inTransaction, type NewDelivery } from './queue-book.ts'
import { deliveryOf, sentNouns, sentTypes } from './subscribers.ts'

export interface ReplayOptions {
  pool: pg.Pool
  log: Pick<EventLog, 'subscribe'>
  logger: Logger
  wake: (lanes: readonly Lane[]) => void
  signal: AbortSignal
}

interface Replay {
  id: string
  webhookId: string
  /** A position or an ISO time. */
  began: string
  /** How far it has come. */
  after: LogPosition | undefined
  until: LogPosition
  queued: number
  workspaceId: string
  events: string[]
}

/** Queues again what redeliveries ask for, one after the other, each on from where a process before this one has come. */
export async function replayAll(options: ReplayOptions): Promise<void> {
  for (;;) {
    const replay = await nextReplay(options.pool)
    if (replay === undefined || options.signal.aborted) return
    await queueAgain(options, replay)
    if (options.signal.aborted) return
  }
}

async function nextReplay(pool: pg.Pool): Promise<Replay | undefined> {
  const { rows } = await pool.query(
    `select r.id, r.webhook_id as "webhookId", r.began, r.commit::text, r.prepare::text, r.until_commit::text as "untilCommit",
       r.until_prepare::text as "untilPrepare", r.queued, w.workspace_id as "workspaceId", w.events
     from reactions.webhook_replays r join reactions.webhooks w on w.id = r.webhook_id
     where not r.done order by r.until_commit limit 1`,
  )
  const [row] = rows
  if (row === undefined) return undefined
  const { commit, prepare, untilCommit, untilPrepare, ...facts } = row
  return {
    ...facts,
    after: commit === null ? undefined : { commit: BigInt(commit), prepare: BigInt(prepare) },
    until: { commit: BigInt(untilCommit), prepare: BigInt(untilPrepare) },
  }
}

async function queueAgain({ pool, log, logger, wake, signal }: ReplayOptions, replay: Replay): Promise<void> {
  const { id, webhookId, workspaceId, events: wanted, began, until } = replay
  const isWanted = inPlace(began)
  const after = replay.after ?? (await placeBefore(pool, webhookId, began))
  let queued = replay.queued
  logger.info({ replayId: id, webhookId, from: began }, 'a redelivery begins')
  // What asked for it is read as well, so that the end is seen.
  const nouns = [...sentNouns, 'webhook']
  const types = [...sentTypes, 'WebhookReplayRequested' satisfies WebhookEvent['type']]
  for await (const batch of log.subscribe({ after, nouns, types, signal })) {
    const done = comparePositions(batch.position, until) >= 0
    const deliveries: NewDelivery[] = []
    for (const event of batch.events) {
      if (isUndecodable(event) || comparePositions(event.position, until) >= 0 || !isWanted(event)) continue
      const name = webhookEventName(event.type)
      if (event.meta.workspaceId !== workspaceId || name === undefined || !wants(wanted, name)) continue
      deliveries.push(deliveryOf(webhookId, event, name))
    }
    queued += deliveries.length
    await inTransaction(pool, async (client) => {
      await insertDeliveries(client, deliveries, true)
      await client.query(
        'update reactions.webhook_replays set commit = $2, prepare = $3, queued = $4, done = done or $5 where id = $1',
        [id, String(batch.position.commit), String(batch.position.prepare), queued, done],
      )
    })
    wake(deliveries.map(({ stream }) => ({ webhookId, stream })))
    if (deliveries.length > 0 || done) {
      const at = formatPosition(batch.position)
      logger.info({ replayId: id, webhookId, queued, at }, done ? 'a redelivery is queued' : 'a redelivery goes on')
    }
    if (done) return
  }
}

/** Whether an event is not before the place from which redelivery was asked for. */
function inPlace(began: string): (event: { position: LogPosition; meta: { at: string } }) => boolean {
  const from = parsePosition(began)
  if (from !== undefined) return ({ position }) => comparePositions(position, from) >= 0
  const time = Date.parse(began)
  return ({ meta }) => Date.parse(meta.at) >= time
}

/** Clocks of those who append differ by less. */
const skew = '5 minutes'

/**
 * The last place before it where something of this webhook stands, to begin reading there: the log can be read from places only that it
 * has, and not by time. Undefined where nothing is known: from the beginning, which takes its time.
 */
async function placeBefore(pool: pg.Pool, webhookId: string, began: string): Promise<LogPosition | undefined> {
  const from = parsePosition(began)
  const known = 'select commit::text, prepare::text from reactions.deliveries where webhook_id = $1 and'
  const last = 'order by deliveries.commit desc, deliveries.prepare desc limit 1'
  const { rows } =
    from === undefined
      ? await pool.query(`${known} appended_at < $2::timestamptz - interval '${skew}' ${last}`, [webhookId, began])
      : await pool.query(`${known} (commit, prepare) < ($2::bigint, $3::bigint) ${last}`, [
          webhookId,
          String(from.commit),
          String(from.prepare),
        ])
  const [row] = rows
  return row && { commit: BigInt(row.commit), prepare: BigInt(row.prepare) }
}
