import Type, { type Static } from 'typebox'
import { type EventOf, event } from '../define.ts'
import { exactly, Id, Name, Time } from '../fields.ts'

const settings = {
  name: Name,
  welcomeMessage: Type.String({ maxLength: 1000 }),
  aiEnabled: Type.Boolean(),
  themeColor: Type.String({ pattern: '^#[0-9a-fA-F]{6}$' }),
  autoAssign: Type.Boolean(),
  offlineMessage: Type.String({ maxLength: 1000 }),
  identityVerification: Type.Enum(['off', 'required'], {
    description: 'required: refuses visitors who show no visitor token',
  }),
}

export const WidgetSettings = Type.Object(settings)
export type WidgetSettings = Static<typeof WidgetSettings>

/** What may have happened to a widget. Stream `widget-<widgetId>`. */
export const widgetEvents = {
  WidgetCreated: event(Type.Object({ widgetId: Id, ...settings })),
  WidgetUpdated: event(Type.Object({ widgetId: Id, changes: Type.Partial(WidgetSettings) })),
  WidgetDeleted: event(Type.Object({ widgetId: Id })),
}

export type WidgetEvent = EventOf<typeof widgetEvents>

export type WidgetCommand =
  | { type: 'CreateWidget'; widgetId: string; settings: WidgetSettings }
  | { type: 'UpdateWidget'; changes: Partial<WidgetSettings> }
  | { type: 'DeleteWidget' }

export const widgetDefaults: Omit<WidgetSettings, 'name'> = {
  welcomeMessage: 'Hi! How can we help you today?',
  aiEnabled: false,
  themeColor: '#6366f1',
  autoAssign: false,
  offlineMessage: "We're offline right now. Leave a message and we'll answer as soon as we can.",
  identityVerification: 'off',
}

const { name, ...others } = settings

/** POST /api/widgets (document A). */
export const CreateWidgetBody = exactly({ name, ...Type.Partial(Type.Object(others)).properties })

export const Widget = Type.Object(
  { id: Id, workspaceId: Id, ...settings, embedCode: Type.String(), createdAt: Time },
  { additionalProperties: false },
)
export type Widget = Static<typeof Widget>
