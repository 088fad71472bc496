/** Analytics (document D). */
export const analyticsQueries = {}
