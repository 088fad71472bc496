import Type, { type Static } from 'typebox'
import { exactly, Id, shownAs, Time } from '../fields.ts'
import { templateFacts } from './events.ts'

const shown = {
  ...templateFacts,
  name: shownAs(templateFacts.name, 'welcome_message'),
  body: shownAs(templateFacts.body, 'Hello {{contact.name | there}}!'),
  buttons: shownAs(templateFacts.buttons, [{ label: 'Track Order' }, { label: 'Returns', value: 'returns' }]),
}
const { name, body, buttons, whatsapp } = shown

/** POST /chat-flow/templates/ (document E). */
export const CreateTemplateBody = exactly({
  name,
  body,
  buttons: Type.Optional(buttons),
  whatsapp: Type.Optional(whatsapp),
})

/** PUT and PATCH: only what changes needs to be there. */
export const UpdateTemplateBody = exactly(Type.Partial(Type.Object(shown)).properties)

export const Template = exactly({
  id: Id,
  ...shown,
  variables: Type.Array(Type.String(), {
    examples: [['contact.name']],
    description: 'names in the {{…}} of the body, each once, in their order: the parameters of a WhatsApp template',
  }),
  created_at: Time,
  updated_at: Time,
})
export type Template = Static<typeof Template>

/** As our own services see it, also after it was deleted: a run may still be on its way to it. */
export const InternalTemplate = exactly({ id: Id, workspaceId: Id, deleted: Type.Boolean(), ...templateFacts })
export type InternalTemplate = Static<typeof InternalTemplate>

/** Flows whose draft or active version sends a template; some of them, where there are many. */
export const TemplateUses = exactly({ data: Type.Array(exactly({ id: Id, name })) })
