/** Channels (document D). */
export const channelRoutes = {}
