import Type, { type Static } from 'typebox'

/**
 * What Meta tells of a WhatsApp number (Cloud API, "Webhooks": object `whatsapp_business_account`, field `messages`). Only what is used
 * here is named: there is more in each of these, and there will be more.
 */
const Text = Type.String({ maxLength: 20_000 })
const optional = { body: Type.Optional(Text) }

/** A file that lies on Meta's servers. */
export const WhatsappMedia = Type.Object({
  id: Type.String({ pattern: '^[\\w.-]{1,100}$' }),
  mime_type: Type.Optional(Text),
  caption: Type.Optional(Text),
  filename: Type.Optional(Text),
})
export type WhatsappMedia = Static<typeof WhatsappMedia>

const Chosen = Type.Object({ id: Text, title: Text, description: Type.Optional(Text) })

const Contact = Type.Object({
  name: Type.Optional(Type.Object({ formatted_name: Type.Optional(Text) })),
  phones: Type.Optional(Type.Array(Type.Object({ phone: Type.Optional(Text) }))),
  emails: Type.Optional(Type.Array(Type.Object({ email: Type.Optional(Text) }))),
})

export const WhatsappMessage = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 500 }),
  from: Type.String({ pattern: '^\\d{5,20}$' }),
  type: Text,
  text: Type.Optional(Type.Object(optional)),
  button: Type.Optional(Type.Object({ text: Type.Optional(Text), payload: Type.Optional(Text) })),
  interactive: Type.Optional(
    Type.Object({ button_reply: Type.Optional(Chosen), list_reply: Type.Optional(Chosen), type: Type.Optional(Text) }),
  ),
  image: Type.Optional(WhatsappMedia),
  document: Type.Optional(WhatsappMedia),
  audio: Type.Optional(WhatsappMedia),
  video: Type.Optional(WhatsappMedia),
  sticker: Type.Optional(WhatsappMedia),
  location: Type.Optional(
    Type.Object({
      latitude: Type.Number(),
      longitude: Type.Number(),
      name: Type.Optional(Text),
      address: Type.Optional(Text),
    }),
  ),
  contacts: Type.Optional(Type.Array(Contact)),
})
export type WhatsappMessage = Static<typeof WhatsappMessage>

export const WhatsappStatus = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 500 }),
  status: Text,
  timestamp: Type.String({ pattern: '^\\d{1,12}$', description: 'seconds since the Unix epoch' }),
  recipient_id: Type.Optional(Text),
  biz_opaque_callback_data: Type.Optional(Text),
  errors: Type.Optional(Type.Array(Type.Object({ code: Type.Optional(Type.Integer()) }))),
})
export type WhatsappStatus = Static<typeof WhatsappStatus>

/** Messages and statuses are looked at one by one: one of a form that is new must not hide the others. */
export const WhatsappChange = Type.Object({
  metadata: Type.Object({ phone_number_id: Type.String() }),
  contacts: Type.Optional(
    Type.Array(
      Type.Object({
        wa_id: Type.Optional(Text),
        profile: Type.Optional(Type.Object({ name: Type.Optional(Text) })),
      }),
    ),
  ),
  messages: Type.Optional(Type.Array(Type.Unknown())),
  statuses: Type.Optional(Type.Array(Type.Unknown())),
})
export type WhatsappChange = Static<typeof WhatsappChange>

export const WhatsappWebhook = Type.Object({
  object: Type.String({ examples: ['whatsapp_business_account'] }),
  entry: Type.Array(
    Type.Object({
      changes: Type.Optional(
        Type.Array(
          Type.Object({
            field: Type.String({ examples: ['messages'] }),
            value: Type.Unknown({ examples: [exampleChange()] }),
          }),
        ),
      ),
    }),
  ),
})

function exampleChange(): WhatsappChange {
  return {
    metadata: { phone_number_id: '106540352242922' },
    contacts: [{ wa_id: '4915112345678', profile: { name: 'Jane Doe' } }],
    messages: [
      {
        id: 'wamid.HBgNNDkxNTExMjM0NTY3OBUCABEYEjA',
        from: '4915112345678',
        type: 'text',
        text: { body: 'Track Order' },
      },
    ],
  }
}
