import type { ContentType } from '../../../schemas/conversation/content.ts'
import type { SenderType } from '../../../schemas/conversation/events.ts'

/** What a phone shows of a message, whoever carries it there. */
export interface Notification {
  title: string
  body: string
  conversationId: string
  messageId: string
  /** After this it is of no use any more; seconds since the Unix epoch. */
  expiresAt: number
}

/** A push that comes later than this after its message says nothing new. */
export const lifetimeMs = 86_400_000

/** Whose messages reach the end user by push: those who answer him. */
export function isPushed(senderType: SenderType): boolean {
  return senderType === 'agent' || senderType === 'ai' || senderType === 'bot'
}

const mostCharacters = 200

/** The beginning of what is said; where it is said without words, what it is. */
export function wordsOf({ content, contentType }: { content: string; contentType: ContentType }): string {
  const characters = [...content.trim().replace(/\s+/g, ' ')]
  if (characters.length === 0) return words[contentType]
  if (characters.length <= mostCharacters) return characters.join('')
  return `${characters.slice(0, mostCharacters - 1).join('')}…`
}

/** What is shown where the channel hides the words. */
export const hiddenWords = 'You have a new message'

/** A text without a word goes with files alone. */
const words: Readonly<Record<ContentType, string>> = {
  text: 'File',
  image: 'Image',
  file: 'File',
  quick_button: 'Question',
  dropdown: 'Question',
  carousel: 'Selection',
}
