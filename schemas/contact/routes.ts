/** Contacts (document D). */
export const contactRoutes = {}
