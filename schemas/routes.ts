import { agentRoutes } from './agent/routes.ts'
import { analyticsQueries } from './analytics.ts'
import { assignmentRoutes } from './assignment/routes.ts'
import { automationRoutes } from './automation/routes.ts'
import { channelRoutes } from './channel/routes.ts'
import { deviceRoutes } from './contact/device-routes.ts'
import { contactRoutes } from './contact/routes.ts'
import { channelConversationRoutes } from './conversation/channel-routes.ts'
import { conversationCommands } from './conversation/command-routes.ts'
import { deliveryRoutes } from './conversation/delivery-routes.ts'
import { fileRoutes } from './conversation/file-routes.ts'
import { conversationQueries } from './conversation/query-routes.ts'
import { chatbotPlatformRoutes } from './dialects/chatbot-platform.ts'
import { dialectReads } from './dialects/reads.ts'
import { siteChatRoutes } from './dialects/site-chat.ts'
import { flowRoutes } from './flow/routes.ts'
import { flowRunQueries } from './flow-run/queries.ts'
import { flowRunRoutes } from './flow-run/routes.ts'
import { identityRoutes } from './identity/routes.ts'
import type { Route } from './route.ts'
import { statisticsQueries } from './statistics.ts'
import { suggestionQueries } from './suggestion.ts'
import { templateRoutes } from './template/routes.ts'
import { webhookRoutes } from './webhook/routes.ts'
import { whatsappRoutes } from './whatsapp/routes.ts'
import { widgetRoutes } from './widget/routes.ts'
import { workspaceCommands, workspaceQueries } from './workspace/routes.ts'

/** Every route there is. The gateway routes by this list, OpenAPI is made from it, the access tests walk it. */
export const routes: readonly Route[] = [
  identityRoutes,
  conversationCommands,
  conversationQueries,
  channelConversationRoutes,
  deliveryRoutes,
  fileRoutes,
  suggestionQueries,
  contactRoutes,
  deviceRoutes,
  widgetRoutes,
  channelRoutes,
  agentRoutes,
  workspaceCommands,
  workspaceQueries,
  assignmentRoutes,
  flowRoutes,
  templateRoutes,
  flowRunRoutes,
  flowRunQueries,
  automationRoutes,
  webhookRoutes,
  statisticsQueries,
  analyticsQueries,
  siteChatRoutes,
  chatbotPlatformRoutes,
  dialectReads,
  whatsappRoutes,
].flatMap((table) => Object.values<Route>(table))
