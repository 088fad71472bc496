import type { TSchema } from 'typebox'

/** A message as AsyncAPI 3 describes it. */
export interface Message {
  name: string
  title: string
  summary: string
  contentType: 'application/json'
  payload: TSchema
}

export function message(name: string, title: string, summary: string, payload: TSchema): Message {
  return { name, title, summary, contentType: 'application/json', payload }
}

/** The messages of a channel, each defined once under `components`. */
export function componentReferences(messages: readonly Message[]) {
  return Object.fromEntries(messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]))
}

export function components(messages: readonly Message[]) {
  return { messages: Object.fromEntries(messages.map((one) => [one.name, one])) }
}

/** What is said on a channel, by its server (`send`) or to it (`receive`), and what may be answered. */
export function operation(
  channel: string,
  action: 'send' | 'receive',
  summary: string,
  messages: readonly Message[],
  answers: readonly Message[] = [],
) {
  const on = { $ref: `#/channels/${channel}` }
  const references = (list: readonly Message[]) =>
    list.map(({ name }) => ({ $ref: `#/channels/${channel}/messages/${name}` }))
  const reply = answers.length === 0 ? {} : { reply: { channel: on, messages: references(answers) } }
  return { action, summary, channel: on, messages: references(messages), ...reply }
}
