import Type from 'typebox'
import { Email } from '../agent/resource.ts'
import { Phone } from '../contact/phone.ts'
import { exactly, Id, Metadata, Name, nullable } from '../fields.ts'
import { route } from '../route.ts'
import { Conversation } from './resource.ts'

/** How a channel knows its end user: its own name for a session or a person (document C's external_id, document B's visitor_token). */
export const ExternalId = Type.String({ minLength: 1, maxLength: 200 })

export const ChannelConversationBody = exactly({
  channelId: Id,
  externalId: ExternalId,
  contact: Type.Optional(
    exactly({
      name: Type.Optional(nullable(Name)),
      email: Type.Optional(nullable(Email)),
      phone: Type.Optional(nullable(Phone)),
      attributes: Type.Optional(Metadata),
    }),
  ),
  keepContact: Type.Optional(
    Type.Boolean({ description: 'leave the contact as it is where the conversation has a message already' }),
  ),
  metadata: Type.Optional(Metadata),
})

export const ChannelConversation = exactly({
  conversation: Conversation,
  created: Type.Boolean(),
  visitorToken: Type.String(),
})

/** A conversation, with what its end user must show beside the external id. */
export const FoundConversation = exactly({
  conversation: Conversation,
  identityVerification: Type.Enum(['off', 'required'], { description: 'as its widget or channel is set now' }),
})

export const EndUserNames = exactly({ conversationId: Id, contactId: Id, visitorId: Type.String() })

const tag = 'Internal'

/** Conversations of channels that are no widget, for the dialects and adapters that serve them; served by command-api. */
export const channelConversationRoutes = {
  open: route({
    service: 'command-api',
    method: 'POST',
    path: '/internal/channel-conversations',
    access: 'system',
    tag,
    summary: "Get or create the one conversation of a channel's end user",
    description:
      'Ids are derived from the channel and the external id, so that it may be asked again and again. What is said of the contact is kept: absent fields stay, attributes are merged. An end user who was erased begins anew, in another conversation.',
    body: ChannelConversationBody,
    answers: {
      200: { description: 'the conversation that was there', schema: ChannelConversation },
      201: { description: 'the new conversation', schema: ChannelConversation },
    },
    rejections: ['not-found', 'conflict', 'contact-erased', 'idempotency-key-reused'],
  }),
  endUser: route({
    service: 'command-api',
    method: 'GET',
    path: '/internal/channel-conversations',
    access: 'system',
    tag,
    summary: "What the conversation of a channel's end user is called, whether it is there or not",
    query: exactly({ channelId: Id, externalId: ExternalId }),
    answers: { 200: { description: 'the ids', schema: EndUserNames } },
    rejections: ['contact-erased'],
  }),
  find: route({
    service: 'command-api',
    method: 'GET',
    path: '/internal/conversations/{id}',
    access: 'system',
    tag,
    summary: 'Get a conversation as the log has it, whatever its workspace',
    params: exactly({ id: Id }),
    answers: { 200: { description: 'the conversation', schema: FoundConversation } },
    rejections: ['not-found'],
  }),
}
