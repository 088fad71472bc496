import Type, { type Static } from 'typebox'
import { Id, nullable } from './fields.ts'

const Account = Type.Object({ id: Id, email: Type.String(), password: Type.String() })

/** `demo.json` in the data folder: what the demo set-up made, for `make demo-info` and for the tools. */
export const DemoFacts = Type.Object({
  gateway: Type.String(),
  workspaceId: Id,
  admin: Account,
  agent: Account,
  widgetId: Id,
  siteKey: nullable(Type.String({ description: 'of a site channel (document B); null until there are any' })),
  embedToken: nullable(Type.String({ description: 'of a webchat channel (document C); null until there are any' })),
  importKey: Type.String({ description: 'an API key that may import history' }),
})
export type DemoFacts = Static<typeof DemoFacts>
