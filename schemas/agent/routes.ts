/** The people of a workspace (document D). */
export const agentRoutes = {}
