/** Conversations that begin in a channel: what the dialects ask of command-api. */
export const channelConversationRoutes = {}
