/** What an import did, beside what it should have done. */
export interface Summary {
  inFile: { conversations: number; messages: number }
  acknowledged: { conversations: number; messages: number }
  readBack: { conversations: number; messages: number; different: number }
  examples: string[]
  equal: boolean
  seconds: number
  messagesPerSecond: number
  retries: number
  clock: string
}

/** The summary for people. */
export function table(summary: Summary): string {
  const row = (name: string, counts: { conversations: number; messages: number }) =>
    `${name.padEnd(16)}${String(counts.conversations).padStart(14)}${String(counts.messages).padStart(12)}`
  return [
    `${''.padEnd(16)}${'conversations'.padStart(14)}${'messages'.padStart(12)}`,
    row('in the file', summary.inFile),
    row('acknowledged', summary.acknowledged),
    row('read back', summary.readBack),
    '',
    `${summary.seconds} s, ${summary.messagesPerSecond} messages/s, ${summary.retries} retries`,
    `Times: ${summary.clock}`,
    summary.equal
      ? 'Equal: every conversation came back as it was acknowledged.'
      : `NOT EQUAL: ${summary.readBack.different} conversations differ.`,
    ...summary.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}
