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
  siteKey: Type.String({ description: 'of the site channel (document B)' }),
  embedToken: Type.String({ description: 'of the web chat (document C)' }),
  importKey: Type.String({ description: 'an API key that may import history' }),
})
export type DemoFacts = Static<typeof DemoFacts>

/** What the set-up of an earlier version wrote, before there were channels. */
export const EarlierDemoFacts = Type.Object({
  ...DemoFacts.properties,
  siteKey: nullable(Type.String()),
  embedToken: nullable(Type.String()),
})
export type EarlierDemoFacts = Static<typeof EarlierDemoFacts>
