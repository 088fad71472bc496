/** Widgets (document A). */
export const widgetRoutes = {}
