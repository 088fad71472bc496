import { Email } from '../../../../schemas/agent/resource.ts'
import { messageLimit } from '../../../../schemas/dialects/site-chat.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { checkOf } from '../../../../schemas/validator.ts'

type Given = string | null | undefined

export interface FirstWords {
  name: string
  email: string
  message: string
  visitorToken: string
}

const nameLimit = 200
export const tokenLimit = 200

/** What is wrong with a body, in the words of document B; answered with 422. */
const wrong = (sentence: string) => new Rejection('validation', sentence)

const checkEmail = checkOf(Email)

/** Throws what document B says, in its order: what is missing, then the address, then what is too long. */
export function firstWordsOf(body: {
  name?: Given
  email?: Given
  message?: Given
  visitor_token?: Given
}): FirstWords {
  const { message, visitor_token: visitorToken } = body
  const name = body.name?.trim()
  const email = body.email?.trim()
  if (!isSaid(name) || !isSaid(email) || !isSaid(message) || !isSaid(visitorToken)) {
    throw wrong('Name, email, message, and visitor_token are required')
  }
  if (!checkEmail(email).ok) throw wrong('Invalid email address')
  demandShort('Message', message, messageLimit)
  demandShort('Name', name, nameLimit)
  demandShort('Visitor token', visitorToken, tokenLimit)
  return { name, email, message, visitorToken }
}

/** A reply says something, or brings files. */
export function replyOf(message: Given, withFiles = false): string {
  if (!isSaid(message)) {
    if (withFiles) return ''
    throw wrong('Message is required')
  }
  demandShort('Message', message, messageLimit)
  return message
}

function isSaid(text: Given): text is string {
  return typeof text === 'string' && text.trim() !== ''
}

/** Counts characters, not the two halves of those beyond the basic plane. */
function demandShort(what: string, text: string, limit: number): void {
  if (text.length <= limit || [...text].length <= limit) return
  throw wrong(`${what} is too long (maximum ${limit} characters)`)
}
