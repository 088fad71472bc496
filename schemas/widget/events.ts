import Type, { type Static } from 'typebox'
import { type EventOf, event } from '../define.ts'
import { exactly, Id, Name, nullable, Origin, Time } from '../fields.ts'
import { BusinessHours } from '../workspace/settings.ts'

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

/** Added after the first widgets were stored: absent there, and then as in `widgetDefaults`. */
const laterSettings = {
  allowedOrigins: Type.Array(Origin, { maxItems: 50, description: 'sites that may show it; empty: all' }),
  flowId: nullable(Id),
  businessHours: nullable(BusinessHours),
  active: Type.Boolean({ description: 'an inactive widget starts no conversations' }),
}

export const WidgetSettings = Type.Object({ ...settings, ...laterSettings })
export type WidgetSettings = Static<typeof WidgetSettings>

/** What may have happened to a widget. Stream `widget-<widgetId>`. */
export const widgetEvents = {
  WidgetCreated: event(
    Type.Object({ widgetId: Id, ...settings, ...Type.Partial(Type.Object(laterSettings)).properties }),
  ),
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
  allowedOrigins: [],
  flowId: null,
  businessHours: null,
  active: true,
}

const { name, ...others } = { ...settings, ...laterSettings }

/** POST /api/widgets (document A). */
export const CreateWidgetBody = exactly({ name, ...Type.Partial(Type.Object(others)).properties })

export const Widget = Type.Object(
  { id: Id, workspaceId: Id, ...settings, ...laterSettings, embedCode: Type.String(), createdAt: Time },
  { additionalProperties: false },
)
export type Widget = Static<typeof Widget>
