/** Stream names, built in one place. A category ends at the first `-`, so that nouns of two words are camel case. */
export const streamNouns = [
  'conversation',
  'contact',
  'agent',
  'workspace',
  'widget',
  'channel',
  'template',
  'flow',
  'flowRun',
  'automation',
  'automationRun',
  'automationOccasion',
  'webhook',
] as const
export type StreamNoun = (typeof streamNouns)[number]

export function streamOf(noun: StreamNoun, id: string): string {
  return `${noun}-${id}`
}

/** Splits a stream name into noun and id; undefined for streams that are not ours. */
export function parseStream(stream: string): { noun: StreamNoun; id: string } | undefined {
  const cut = stream.indexOf('-')
  const noun = streamNouns.find((known) => known === stream.slice(0, cut))
  return noun === undefined ? undefined : { noun, id: stream.slice(cut + 1) }
}
