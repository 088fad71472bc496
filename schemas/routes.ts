import { conversationCommands } from './conversation/command-routes.ts'
import { conversationQueries } from './conversation/query-routes.ts'
import { identityRoutes } from './identity/routes.ts'
import type { Route } from './route.ts'
import { statisticsQueries } from './statistics.ts'
import { workspaceCommands } from './workspace/routes.ts'

/** Every route there is. The gateway routes by this list, OpenAPI is made from it, the access tests walk it. */
export const routes: readonly Route[] = [
  ...Object.values(identityRoutes),
  ...Object.values(conversationCommands),
  ...Object.values(conversationQueries),
  ...Object.values(statisticsQueries),
  ...Object.values(workspaceCommands),
]
