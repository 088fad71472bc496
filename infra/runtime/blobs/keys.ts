/** Where the bytes of a file lie. */
export function blobKey(file: {
  workspaceId: string
  contactId: string
  conversationId: string
  fileId: string
}): string {
  return `${file.workspaceId}/${file.contactId}/${file.conversationId}/${file.fileId}`
}

const safe = /^[a-z0-9-]+(\/[a-z0-9-]+)*$/

/** Keys are made of ids. Whatever else one is, it must not lead out of the store. */
export function demandKey(key: string): string {
  if (!safe.test(key)) throw new Error(`${JSON.stringify(key)} is no key of a blob`)
  return key
}

/** A prefix ends with a slash: one of `ab` would take `abc` along. */
export function demandPrefix(prefix: string): string {
  if (!prefix.endsWith('/') || !safe.test(prefix.slice(0, -1))) {
    throw new Error(`${JSON.stringify(prefix)} is no prefix of blobs`)
  }
  return prefix
}
