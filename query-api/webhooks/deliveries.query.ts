import { utc } from '../../schemas/event-time.ts'
import type { Delivery, DeliveryStatus } from '../../schemas/webhook/resource.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'

export interface DeliveryFilters {
  webhookId: string
  workspaceId: string
  status?: DeliveryStatus | undefined
  event?: string | undefined
  conversationId?: string | undefined
  search?: string | undefined
}

/** Deliveries are listed by where their events stand in the log, the latest first; a webhook has one of each. */
export type DeliveryPlace = { commit: string; prepare: string }

/** As far as they are counted: webhooks have had as many as there is history. */
const counted = 10_000
/** As far back as words are looked for: no index has them. */
const searchedBack = 100_000

const columns = `id, webhook_id as "webhookId", event, event_id as "eventId", conversation_id as "conversationId",
  commit || '/' || prepare as position, status, tries, last_status as "lastStatus", last_error as "lastError",
  case when status = 'retrying' then next_at end as "nextAt", created_at as "createdAt", delivered_at as "deliveredAt", took_ms as "tookMs"`

/**
 * What a webhook was sent, from flow-engine's own queue (reactions.deliveries): it does not follow from the log, so no projection has it.
 */
export async function deliveryPage(reader: Reader, filters: DeliveryFilters, wanted: Wanted<DeliveryPlace>) {
  const { status, event, conversationId, search } = filters
  const { limit, offset, after } = wanted
  const found = [
    'webhook_id = :webhookId and workspace_id = :workspaceId',
    ...(status === undefined ? [] : ['status = :status']),
    ...(event === undefined ? [] : ['event = :event']),
    ...(conversationId === undefined ? [] : ['conversation_id = :conversationId']),
  ].join(' and ')
  const all = `reactions.deliveries where ${found}`
  const latest = 'order by commit desc, prepare desc'
  const from = search === undefined ? all : `(select * from ${all} ${latest} limit :searchedBack) few where ${searched}`
  const following = after === undefined ? '' : 'and (commit, prepare) < (:commit::bigint, :prepare::bigint)'
  const bindings = {
    ...{
      webhookId: filters.webhookId,
      workspaceId: filters.workspaceId,
      counted,
      searchedBack,
      offset,
      limit: limit + 1,
    },
    ...(status === undefined ? {} : { status }),
    ...(event === undefined ? {} : { event }),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(search === undefined ? {} : { search: search.toLowerCase().replaceAll('\0', ' ') }),
    ...after,
  }
  const [row] = await reader.rows<{ total: string; data: Delivery[] }>(
    `select (select count(*) from (select 1 from ${from} limit :counted) few) as total,
       coalesce((select json_agg(page) from (
         select ${columns} from ${from} ${following} ${latest} offset :offset limit :limit) page), '[]') as data`,
    bindings,
  )
  return pageOf(row?.data ?? [], Number(row?.total ?? 0), wanted, placeOf, resourceOf)
}

const searched = `strpos(lower(id || ' ' || event_id || ' ' || coalesce(conversation_id::text, '') || ' '
  || coalesce(last_error, '')), :search) > 0`

export async function deliveryById(
  reader: Reader,
  { workspaceId, webhookId, id }: { workspaceId: string; webhookId: string; id: string },
): Promise<Delivery | undefined> {
  const [row] = await reader.rows<{ found: Delivery }>(
    `select row_to_json(one) as found from (select ${columns} from reactions.deliveries
     where id = :id and webhook_id = :webhookId and workspace_id = :workspaceId) one`,
    { id, webhookId, workspaceId },
  )
  return row && resourceOf(row.found)
}

/** A row as JSON brings it: times not yet in our form. */
function resourceOf(row: Delivery): Delivery {
  const { nextAt, createdAt, deliveredAt } = row
  return {
    ...row,
    nextAt: nextAt === null ? null : utc(nextAt),
    createdAt: utc(createdAt),
    deliveredAt: deliveredAt === null ? null : utc(deliveredAt),
  }
}

function placeOf({ position }: Delivery): readonly [string] {
  return [position]
}
