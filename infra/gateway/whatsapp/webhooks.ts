import { Rejection, type RejectionCode } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'
import { whatsappRoutes as routes } from '../../../schemas/whatsapp/routes.ts'
import { WhatsappChange, WhatsappMessage, WhatsappStatus, WhatsappWebhook } from '../../../schemas/whatsapp/webhook.ts'
import type { Config } from '../../runtime/config.ts'
import { type Binding, bind, bindSigned, type Request } from '../../runtime/http/binding.ts'
import type { Service } from '../../runtime/http/service-call.ts'
import type { Logger } from '../../runtime/logger.ts'
import { createCanonical } from '../dialects/canonical.ts'
import { createChannels } from '../dialects/channels.ts'
import type { RateLimits } from '../rate-limits.ts'
import { createArrivals, type WhatsappChannel } from './arrivals.ts'
import { createLoadMedia } from './media.ts'
import { createReceipts } from './receipts.ts'
import { isSame, isSigned } from './signature.ts'

export interface WhatsappParts {
  config: Pick<Config, 'whatsappUrl' | 'idSecret'>
  logger: Logger
  commandApi: Service
  queryApi: Service
  limit: RateLimits
}

type Visit = Pick<Request, 'ip' | 'traceId'> & { params: { channelId: string } }

/** Something that has to be done, and with whom: what concerns one customer is done in its order. */
interface Piece {
  who: string
  work: () => Promise<void>
}

const checkWebhook = checkOf(WhatsappWebhook)
const checkChange = checkOf(WhatsappChange)
const checkMessage = checkOf(WhatsappMessage)
const checkStatus = checkOf(WhatsappStatus)

/** Customers whose pieces are under way at the same time, of one request. */
const atOnce = 8

/** Refusals that would be the same if it came again. */
const settled: ReadonlySet<RejectionCode> = new Set([
  ...(['not-found', 'conflict', 'validation', 'forbidden', 'too-large'] as const),
  ...(['idempotency-key-reused', 'contact-erased', 'conversation-closed'] as const),
])

/** Where Meta asks for a WhatsApp channel, and tells of it. */
export function whatsappBindings({ config, logger, commandApi, queryApi, limit }: WhatsappParts): Binding[] {
  const { whatsappUrl: url, idSecret } = config
  const channels = createChannels(createCanonical({ commandApi, queryApi }))
  const arrive = createArrivals({ commandApi, idSecret, loadMedia: createLoadMedia({ url, logger }) })
  const receive = createReceipts({ commandApi, idSecret })

  const channelOf = async ({ params, ip, traceId }: Visit): Promise<WhatsappChannel> => {
    const channel = await channels.byId(params.channelId, traceId)
    if (channel?.type === 'whatsapp' && channel.status === 'there') return channel
    await limit({ kind: 'anonymous' }, ip)
    throw new Rejection('not-found', 'There is no such channel.')
  }

  const unknown = (channelId: string, what: string): Piece[] => {
    logger.info({ channelId, what }, 'something from WhatsApp has a form that is not known: passed over')
    return []
  }

  const piecesOf = (channel: WhatsappChannel, value: unknown, request: Visit): Piece[] => {
    const change = checkChange(value)
    if (!change.ok) return unknown(channel.id, 'change')
    const { metadata, contacts, messages = [], statuses = [] } = change.value
    if (metadata.phone_number_id !== channel.config.phoneNumberId) {
      logger.warn({ channelId: channel.id }, 'WhatsApp tells of another number than that of the channel: passed over')
      return []
    }
    return [
      ...messages.flatMap((one): Piece[] => {
        const message = checkMessage(one)
        if (!message.ok) return unknown(channel.id, 'message')
        const work = () => arrive({ channel, message: message.value, contacts, request })
        return [{ who: message.value.from, work }]
      }),
      ...statuses.flatMap((one): Piece[] => {
        const status = checkStatus(one)
        if (!status.ok) return unknown(channel.id, 'status')
        return [
          { who: status.value.recipient_id ?? '', work: () => receive({ channel, status: status.value, request }) },
        ]
      }),
    ]
  }

  /** Whether it has been dealt with; else it has to come again. */
  const isDone = async ({ work }: Piece, { channelId }: { channelId: string }): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      if (error instanceof Rejection && settled.has(error.code)) {
        logger.info({ channelId, why: error.message }, 'something from WhatsApp was passed over')
        return true
      }
      logger.warn({ channelId, error }, 'something from WhatsApp could not be taken in')
      return false
    }
  }

  return [
    bind(routes.verify, async (request) => {
      const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge = '' } = request.query
      const { secrets } = await channelOf(request)
      if (mode === 'subscribe' && isSame(token, secrets.verifyToken)) {
        return { status: 200, content: { type: 'text/plain; charset=utf-8', text: challenge } }
      }
      await limit({ kind: 'anonymous' }, request.ip)
      throw new Rejection('forbidden', 'hub.verify_token is not that of this channel.')
    }),

    bindSigned(routes.notify, async (request) => {
      const { bytes, headers, ip, params } = request
      const channel = await channelOf(request)
      if (!isSigned(bytes, headers['x-hub-signature-256'], channel.secrets.appSecret)) {
        await limit({ kind: 'anonymous' }, ip)
        throw new Rejection(
          'unauthenticated',
          'X-Hub-Signature-256 must be the HMAC-SHA256 of the body, by the app secret.',
        )
      }
      const webhook = checkWebhook(parsed(bytes))
      if (!webhook.ok || webhook.value.object !== 'whatsapp_business_account') return { status: 200 }
      const changes = webhook.value.entry.flatMap(({ changes = [] }) => changes)
      const pieces = changes.flatMap(({ field, value }) =>
        field === 'messages' ? piecesOf(channel, value, request) : [],
      )
      const done = await inOrder(pieces, (piece) => isDone(piece, params))
      if (done.every(Boolean)) return { status: 200 }
      throw new Rejection('unavailable', 'This could not be taken in whole: send it again.')
    }),
  ]
}

/** Undefined for what is no JSON. What cannot be stored is cut out of single texts: it must not hide the messages beside it. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Customers side by side, the pieces of each one after the other. */
async function inOrder<T>(pieces: readonly Piece[], work: (piece: Piece) => Promise<T>): Promise<T[]> {
  const lanes = new Map<string, Piece[]>()
  for (const piece of pieces) {
    const lane = lanes.get(piece.who)
    if (lane === undefined) lanes.set(piece.who, [piece])
    else lane.push(piece)
  }
  const waiting = [...lanes.values()]
  const results: T[] = []
  const walk = async () => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
      for (const piece of lane) results.push(await work(piece))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, walk))
  return results
}
