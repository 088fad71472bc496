/** Runs of chat flows (document E): starting, looking at them, and what flow-engine tells of their steps. */
export const flowRunRoutes = {}
