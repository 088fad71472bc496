/** Chat flows (document E): flows, and nodes and edges as views on their graphs. */
export const flowRoutes = {}
