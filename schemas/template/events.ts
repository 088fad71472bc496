import Type, { type Static } from 'typebox'
import { type EventOf, event } from '../define.ts'
import { exactly, Id, Name, nullable } from '../fields.ts'

/** A quick reply below a message; its value is what a click stands for, by default its label. */
export const TemplateButton = exactly({
  label: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
  value: Type.Optional(Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })),
})
export type TemplateButton = Static<typeof TemplateButton>

/** The approved template of WhatsApp that stands for it there; its parameters are the variables of the body, in their order. */
export const WhatsappTemplate = exactly({
  name: Type.String({ pattern: '^[a-z0-9_]{1,512}$', examples: ['order_update'] }),
  language: Type.String({ pattern: '^[a-z]{2,3}(_[A-Z]{2})?$', examples: ['en_US'] }),
})
export type WhatsappTemplate = Static<typeof WhatsappTemplate>

/** What a message template is: `body` may hold {{variables}}. */
export const templateFacts = {
  name: Name,
  body: Type.String({ minLength: 1, maxLength: 4096, pattern: '\\S' }),
  buttons: Type.Array(TemplateButton, { maxItems: 10 }),
  whatsapp: nullable(WhatsappTemplate),
}
export const TemplateFacts = Type.Object(templateFacts)
export type TemplateFacts = Static<typeof TemplateFacts>

/** What may have happened to a message template (document E). Stream `template-<templateId>`. */
export const templateEvents = {
  TemplateCreated: event(Type.Object({ templateId: Id, ...templateFacts })),
  TemplateUpdated: event(Type.Object({ templateId: Id, changes: Type.Partial(TemplateFacts) })),
  TemplateDeleted: event(Type.Object({ templateId: Id })),
}
export type TemplateEvent = EventOf<typeof templateEvents>
