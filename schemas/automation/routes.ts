/** Automations (document D). */
export const automationRoutes = {}
