import type { Caller } from '../../../schemas/caller.ts'
import { InternalChannel } from '../../../schemas/channel/resource.ts'
import { channelRoutes } from '../../../schemas/channel/routes.ts'
import {
  ChannelConversation,
  channelConversationRoutes,
  EndUserNames,
  FoundConversation,
} from '../../../schemas/conversation/channel-routes.ts'
import { conversationCommands } from '../../../schemas/conversation/command-routes.ts'
import { fileRoutes, UploadedFiles } from '../../../schemas/conversation/file-routes.ts'
import { Conversation, Message } from '../../../schemas/conversation/resource.ts'
import { dialectReads, Listings, NamesAnswer, Thread } from '../../../schemas/dialects/reads.ts'
import type { Request } from '../../runtime/http/binding.ts'
import { type Service, serviceCall, type Wish } from '../../runtime/http/service-call.ts'
import { serviceDownload, serviceUpload } from '../../runtime/http/service-files.ts'

/** The canonical API, as the dialects speak it: declared routes of the services behind the gateway. */
export type Canonical = ReturnType<typeof createCanonical>

export function createCanonical({ commandApi, queryApi }: { commandApi: Service; queryApi: Service }) {
  return {
    openConversation: serviceCall(commandApi, channelConversationRoutes.open, ChannelConversation),
    findEndUser: serviceCall(commandApi, channelConversationRoutes.endUser, EndUserNames),
    findConversation: serviceCall(commandApi, channelConversationRoutes.find, FoundConversation),
    findChannel: serviceCall(commandApi, channelRoutes.internal, InternalChannel),
    send: serviceCall(commandApi, conversationCommands.send, Message),
    assign: serviceCall(commandApi, conversationCommands.assign, Conversation),
    close: serviceCall(commandApi, conversationCommands.close, Conversation),
    tag: serviceCall(commandApi, conversationCommands.tag, Conversation),
    untag: serviceCall(commandApi, conversationCommands.untag, Conversation),
    upload: serviceUpload(commandApi, fileRoutes.upload, UploadedFiles),
    download: serviceDownload(queryApi, fileRoutes.get),
    conversations: serviceCall(queryApi, dialectReads.conversations, Listings),
    thread: serviceCall(queryApi, dialectReads.thread, Thread),
    names: serviceCall(queryApi, dialectReads.names, NamesAnswer),
  }
}

/** What every call takes over from the request that it serves. */
export function onBehalfOf(
  request: Pick<Request, 'ip' | 'traceId'>,
  caller: Caller,
): Pick<Wish, 'caller' | 'ip' | 'traceId'> {
  return { caller, ip: request.ip, traceId: request.traceId }
}

/** The gateway itself, asking for a workspace whose inside the caller has been found to see; without one, for whichever it is. */
export function gatewayFor(workspaceId?: string): Caller {
  return workspaceId === undefined ? { kind: 'system', id: 'gateway' } : { kind: 'system', id: 'gateway', workspaceId }
}
