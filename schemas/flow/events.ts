import Type, { type Static } from 'typebox'
import { type EventOf, event } from '../define.ts'
import { Id, Name, nullable } from '../fields.ts'
import { FlowData } from './graph.ts'

/** What a flow is set to beside its graph. */
export const FlowSettings = Type.Object(
  {
    timeout_seconds: Type.Integer({ minimum: 1, maximum: 2_592_000, description: 'how long a run waits for a reply' }),
    max_misses: Type.Integer({
      minimum: 0,
      maximum: 10,
      description: 'how often it asks again after a reply that matches nothing',
    }),
    triggers: Type.Object(
      {
        keywords: Type.Array(Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }), {
          maxItems: 100,
          description: 'words of a visitor that start it, where no flow runs and nobody is assigned',
        }),
        on_conversation_start: Type.Boolean(),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type FlowSettings = Static<typeof FlowSettings>

export const flowDefaults: FlowSettings = {
  timeout_seconds: 86_400,
  max_misses: 2,
  triggers: { keywords: [], on_conversation_start: false },
}

/** The draft of a flow: what its editor saves. */
export const flowDraft = {
  name: Name,
  startTemplate: nullable(Id),
  flowData: FlowData,
  settings: FlowSettings,
}
export const FlowDraft = Type.Object(flowDraft)
export type FlowDraft = Static<typeof FlowDraft>

/** What may have happened to a chat flow (document E). Stream `flow-<flowId>`. */
export const flowEvents = {
  FlowCreated: event(Type.Object({ flowId: Id, ...flowDraft })),
  /** The draft changed; runs and the active version do not. */
  FlowUpdated: event(Type.Object({ flowId: Id, changes: Type.Partial(FlowDraft) })),
  /** The draft as it is now is this version, which never changes, and which new runs take. */
  FlowActivated: event(Type.Object({ flowId: Id, version: Type.Integer({ minimum: 1 }) })),
  /** It starts no more runs; those under way go on. */
  FlowDeactivated: event(Type.Object({ flowId: Id })),
  FlowDeleted: event(Type.Object({ flowId: Id })),
}
export type FlowEvent = EventOf<typeof flowEvents>
