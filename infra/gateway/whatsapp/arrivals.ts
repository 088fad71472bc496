import { createHash } from 'node:crypto'
import type { Caller } from '../../../schemas/caller.ts'
import type { InternalChannel } from '../../../schemas/channel/resource.ts'
import { ChannelConversation, channelConversationRoutes } from '../../../schemas/conversation/channel-routes.ts'
import { conversationCommands } from '../../../schemas/conversation/command-routes.ts'
import { fileRoutes, UploadedFiles } from '../../../schemas/conversation/file-routes.ts'
import { Message } from '../../../schemas/conversation/resource.ts'
import type { WhatsappChange, WhatsappMessage } from '../../../schemas/whatsapp/webhook.ts'
import type { Request } from '../../runtime/http/binding.ts'
import { type Service, serviceCall } from '../../runtime/http/service-call.ts'
import { serviceUpload } from '../../runtime/http/service-files.ts'
import { gatewayFor, onBehalfOf } from '../dialects/canonical.ts'
import type { LoadMedia } from './media.ts'
import { externalIdOf } from './signature.ts'
import { cleaned, filenameOf, missingFile, type Said, saidIn } from './words.ts'

export type WhatsappChannel = Extract<InternalChannel, { type: 'whatsapp' }>

export interface ArrivalTools {
  commandApi: Service
  loadMedia: LoadMedia
  idSecret: string
}

/** A message of a customer, with what came along with it. */
export interface Arrival {
  channel: WhatsappChannel
  message: WhatsappMessage
  contacts: WhatsappChange['contacts']
  request: Pick<Request, 'ip' | 'traceId'>
}

type Sent = { content: string; files?: string[]; replyValue?: string }

/** Sends a customer's message in the conversation that he has with the channel, which is opened where there is none. Throws Rejections. */
export function createArrivals({ commandApi, loadMedia, idSecret }: ArrivalTools): (arrival: Arrival) => Promise<void> {
  const open = serviceCall(commandApi, channelConversationRoutes.open, ChannelConversation)
  const send = serviceCall(commandApi, conversationCommands.send, Message)
  const upload = serviceUpload(commandApi, fileRoutes.upload, UploadedFiles)

  const bodyOf = async (said: Said, arrival: Arrival, visitor: Caller, id: string): Promise<Sent> => {
    const { file, content, replyValue } = said
    if (file === undefined) return { content, ...(replyValue === undefined ? {} : { replyValue }) }
    const { secrets, config } = arrival.channel
    const { accessToken = '' } = secrets
    const bytes = await loadMedia(file.media, { token: accessToken, apiVersion: config.apiVersion })
    if (bytes === undefined) return { content: missingFile(said, file.kind) }
    const wish = { ...onBehalfOf(arrival.request, visitor), params: { id } }
    const { data } = await upload(
      { ...wish, idempotencyKey: keyOf('file', arrival.message.id) },
      one({ filename: filenameOf(file), content: one(bytes) }),
    )
    return { content, files: data.map((uploaded) => uploaded.id) }
  }

  return async (arrival) => {
    const { channel, message, contacts, request } = arrival
    const said = saidIn(message)
    if (said === undefined) return
    const { workspaceId, id: channelId } = channel
    const { from } = message
    const opened = await open({
      ...onBehalfOf(request, gatewayFor(workspaceId)),
      body: {
        channelId,
        externalId: externalIdOf(idSecret, channelId, from),
        contact: { phone: `+${from}`, ...nameIn(contacts, from) },
        keepContact: true,
        metadata: { waId: from },
      },
    })
    const { id, contactId, visitorId } = opened.body.conversation
    const visitor: Caller = { kind: 'visitor', workspaceId, conversationId: id, contactId, visitorId }
    const body = await bodyOf(said, arrival, visitor, id)
    const wish = { ...onBehalfOf(request, visitor), params: { id }, body }
    await send({ ...wish, idempotencyKey: keyOf('message', message.id) })
  }
}

/** The same whenever it comes again, so that it is sent once. WhatsApp's ids hold telephone numbers: only a digest goes on. */
function keyOf(what: string, wamid: string): string {
  return createHash('sha256').update(`whatsapp ${what} ${wamid}`).digest('base64url')
}

function nameIn(contacts: Arrival['contacts'], from: string): { name?: string } {
  const profile = (contacts ?? []).find(({ wa_id }) => wa_id === from)?.profile
  const name = cleaned(profile?.name, 200).trim()
  return name === '' ? {} : { name }
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value
}
