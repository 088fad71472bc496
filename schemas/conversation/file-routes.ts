/** Files of a conversation (documents B and C). */
export const fileRoutes = {}
