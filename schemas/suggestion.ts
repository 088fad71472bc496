/** Reply suggestions (document D). */
export const suggestionQueries = {}
