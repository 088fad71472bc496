import Type, { type Static } from 'typebox'
import { exactly, Id, Time } from '../fields.ts'

/** What becomes of a message that leaves the house by a channel. */
export const deliveryStatuses = ['sent', 'delivered', 'read', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** Why a message did not arrive: a code of the channel's or of ours, and a sentence for agents. Neither has a word of a person's. */
export const DeliveryError = Type.Object(
  { code: Type.String({ maxLength: 50 }), why: Type.String({ maxLength: 300 }) },
  { additionalProperties: false },
)
export type DeliveryError = Static<typeof DeliveryError>

/** How far a message has come that went out by WhatsApp. */
export const Delivery = Type.Object(
  {
    status: Type.Enum(deliveryStatuses, { description: 'sent: WhatsApp has taken it' }),
    at: Time,
    error: Type.Optional(DeliveryError),
  },
  { additionalProperties: false, description: 'agents only; absent until WhatsApp has taken or refused the message' },
)
export type Delivery = Static<typeof Delivery>

/** An approved template of WhatsApp, as a message that is sent by one names it. */
export const TemplateMessage = exactly({
  name: Type.String({ minLength: 1, maxLength: 512 }),
  language: Type.String({ minLength: 2, maxLength: 20 }),
  parameters: Type.Array(Type.String({ maxLength: 4096 }), {
    maxItems: 100,
    description: 'the values of the variables of its body, in their order',
  }),
  buttons: Type.Array(
    exactly({ label: Type.String({ maxLength: 200 }), value: Type.String({ minLength: 1, maxLength: 500 }) }),
    { maxItems: 10, description: 'its quick replies, in their order, and what each stands for' },
  ),
})
export type TemplateMessage = Static<typeof TemplateMessage>

/** Wherein a message is named by a channel that relays it: by our id, else by the channel's. */
const named = {
  channelId: Id,
  messageId: Type.Optional(Id),
  externalId: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: "the channel's own id" })),
}
/** A long message goes out in parts. */
const part = Type.Integer({ minimum: 1, maximum: 1000 })

/** POST /internal/conversations/{id}/deliveries */
export const DeliveryBody = Type.Union([
  exactly({
    status: Type.Literal('sent'),
    channelId: Id,
    messageId: Id,
    externalId: Type.String({ minLength: 1, maxLength: 500 }),
    part,
  }),
  exactly({ status: Type.Enum(['delivered', 'read']), ...named, part: Type.Optional(part), at: Time }),
  exactly({ status: Type.Literal('failed'), ...named, part: Type.Optional(part), error: DeliveryError }),
])
export type DeliveryBody = Static<typeof DeliveryBody>
