import Type from 'typebox'
import { CreateContactBody } from '../contact/resource.ts'
import { exactly, Id, MessageText, Metadata, nullable, Tag } from '../fields.ts'
import { Caption, Carousel, Dropdown, File, Image, QuickButtons } from './content.ts'
import { TemplateMessage } from './delivery.ts'
import { SenderType } from './events.ts'
import { Status } from './resource.ts'

const occurredAt = Type.Optional(
  Type.String({
    format: 'date-time',
    description: 'only with an API key of scope import: when it happened in the other system',
  }),
)

/** POST /api/conversations (document A). */
export const StartConversationBody = exactly({
  widgetId: Id,
  visitorId: Type.Optional(
    nullable(Type.String({ minLength: 1, maxLength: 200, description: 'null or absent: a new visitor' })),
  ),
  metadata: Type.Optional(Metadata),
  occurredAt,
})

const byAgent = {
  channelId: Type.String({ format: 'uuid', description: 'a channel or a widget of the workspace' }),
  message: Type.Optional(
    Type.String({ minLength: 1, maxLength: 10_000, description: 'the first message, sent by the agent' }),
  ),
  metadata: Type.Optional(Metadata),
}

/** POST /api/conversations by an agent (document D): with a contact who is known, or with a new one. */
export const StartWithContactBody = exactly({ contactId: Id, ...byAgent })
export const StartWithNewContactBody = exactly({ contact: CreateContactBody, ...byAgent })

export const StartBody = Type.Union([StartConversationBody, StartWithContactBody, StartWithNewContactBody])

const sender = {
  senderType: Type.Optional(SenderType),
  senderId: Type.Optional(
    nullable(
      Type.String({ maxLength: 200, description: 'ignored but for imports: the sender comes from the credential' }),
    ),
  ),
  occurredAt,
}

const FileIds = (minItems: number) =>
  Type.Array(Id, { minItems, maxItems: 5, uniqueItems: true, description: 'files that were uploaded before' })
const files = Type.Optional(FileIds(0))
const whatsappTemplate = Type.Optional(TemplateMessage)

/**
 * POST /api/conversations/{id}/messages (documents A and C). Content is required for a text without files, and a caption for all else.
 */
export const SendMessageBody = Type.Union([
  exactly({
    content: MessageText,
    contentType: Type.Optional(Type.Literal('text')),
    richMedia: Type.Optional(Type.Null()),
    files,
    replyValue: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'visitors: what the chosen button stands for' }),
    ),
    whatsappTemplate,
    ...sender,
  }),
  exactly({
    content: Type.Optional(Caption),
    contentType: Type.Optional(Type.Literal('text')),
    richMedia: Type.Optional(Type.Null()),
    files: FileIds(1),
    ...sender,
  }),
  exactly({ content: Type.Optional(Caption), contentType: Type.Literal('image'), richMedia: Image, files, ...sender }),
  exactly({ content: Type.Optional(Caption), contentType: Type.Literal('file'), richMedia: File, files, ...sender }),
  exactly({
    content: Type.Optional(Caption),
    contentType: Type.Literal('quick_button'),
    richMedia: QuickButtons,
    files,
    whatsappTemplate,
    ...sender,
  }),
  exactly({
    content: Type.Optional(Caption),
    contentType: Type.Literal('carousel'),
    richMedia: Carousel,
    files,
    ...sender,
  }),
  exactly({
    content: Type.Optional(Caption),
    contentType: Type.Literal('dropdown'),
    richMedia: Dropdown,
    files,
    ...sender,
  }),
])

export const ReadMessagesBody = exactly({
  messageIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000, description: 'absent: all' })),
})
export const AssignBody = exactly({ agentId: Type.Optional(nullable(Id)) })
export const CloseBody = exactly({ tags: Type.Optional(Type.Array(Tag, { maxItems: 50 })), occurredAt })
export const StatusBody = exactly({ status: Status })
export const TagBody = exactly({ tag: Tag })
export const NoteBody = exactly({ content: MessageText })
export const RatingBody = exactly({
  score: Type.Integer({ minimum: 1, maximum: 5 }),
  comment: Type.Optional(nullable(Type.String({ maxLength: 2000 }))),
})
