/** Message templates (document E). */
export const templateRoutes = {}
