/** Document C: agents under /platform, end users at the root. */
export const chatbotPlatformRoutes = {}
