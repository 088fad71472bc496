import Type, { type Static } from 'typebox'
import { exactly, Id } from '../fields.ts'
import { WorkspaceSettings } from '../workspace/settings.ts'
import { WidgetSettings } from './events.ts'

/** PUT /api/widgets/{id} (document A): the structure of POST, of which only what changes needs to be there. */
export const UpdateWidgetBody = exactly(Type.Partial(WidgetSettings).properties)

const { name, welcomeMessage, themeColor, offlineMessage, aiEnabled, identityVerification } = WidgetSettings.properties

/** What a widget needs to draw itself. */
export const PublicWidget = exactly({
  id: Id,
  name,
  welcomeMessage,
  themeColor,
  offlineMessage,
  aiEnabled,
  identityVerification,
  online: Type.Boolean({
    description:
      "whether it is within the business hours of the widget, else of the workspace, in the workspace's zone",
  }),
  locale: WorkspaceSettings.properties.locale,
})
export type PublicWidget = Static<typeof PublicWidget>

/** What a page includes to show the widget (document A). `publicUrl` is this server's own address. */
export function embedCodeOf(widgetId: string, publicUrl: string): string {
  const source = `${publicUrl.replace(/\/$/, '')}/widget.js`
  return `<script>window.ChatFlowConfig={widgetId:'${widgetId}'};</script><script src='${source}' async></script>`
}
