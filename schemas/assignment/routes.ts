/** Assigning by itself: for our own services. */
export const assignmentRoutes = {}
