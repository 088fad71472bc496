const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const form = new RegExp(`^(${id})/(${id})/(\\d{1,4})$`)

/** Which message, or which part of a long one, Meta speaks of. */
export interface Callback {
  conversationId: string
  messageId: string
  part: number
}

/** `biz_opaque_callback_data`: goes out with a message, and comes back with everything that Meta says of it. */
export function callbackOf({ conversationId, messageId, part }: Callback): string {
  return `${conversationId}/${messageId}/${part}`
}

/** Undefined for what is not ours: the number may be used by others too. */
export function readCallback(text: string | undefined): Callback | undefined {
  const [, conversationId, messageId, part] = form.exec(text ?? '') ?? []
  if (conversationId === undefined || messageId === undefined) return undefined
  return { conversationId, messageId, part: Number(part) }
}
