/** Document B, at the root. */
export const siteChatRoutes = {}
