import Type from 'typebox'
import { type Service, serviceCall } from '../../../infra/runtime/http/service-call.ts'
import { ChannelConversation, channelConversationRoutes } from '../../../schemas/conversation/channel-routes.ts'
import { conversationCommands } from '../../../schemas/conversation/command-routes.ts'
import { Conversation, Message, PublicConversation } from '../../../schemas/conversation/resource.ts'
import { RecognisedCaller } from '../../../schemas/identity/resource.ts'
import { identityRoutes } from '../../../schemas/identity/routes.ts'

/** What clients' events are turned into: commands to command-api, as any client gives them, and a question to the gateway. */
export type Canonical = ReturnType<typeof createCanonical>

export function createCanonical({ commandApi, gateway }: { commandApi: Service; gateway: Service }) {
  return {
    open: serviceCall(commandApi, channelConversationRoutes.open, ChannelConversation),
    send: serviceCall(commandApi, conversationCommands.send, Message),
    claim: serviceCall(commandApi, conversationCommands.assign, Conversation),
    read: serviceCall(commandApi, conversationCommands.read, Type.Union([Conversation, PublicConversation])),
    recognise: serviceCall(gateway, identityRoutes.recognise, RecognisedCaller),
  }
}
