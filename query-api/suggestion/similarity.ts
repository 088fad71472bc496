/** The words of a text, as numbers (projectors/search/fold.ts). */
export type Words = readonly number[]

/** How much each word of a question says: much for a seldom one. */
export type Weights = ReadonlyMap<number, number>

/** A guess at how many texts have each word gives what the word says: nothing where all have it. */
export function weightsOf(counts: ReadonlyMap<number, number>, texts: number): Weights {
  return new Map([...counts].map(([word, count]) => [word, Math.log((texts + 2) / (Math.min(count, texts) + 1))]))
}

/**
 * How alike a text is to a question, 0 to 1: how much of what the question says is in it, less for what else the text has. 1 for the
 * same words, in whatever order.
 */
export function likeness(question: Weights, text: Words): number {
  let [said, all, common] = [0, 0, 0]
  for (const weight of question.values()) all += weight
  for (const word of text) {
    const weight = question.get(word)
    if (weight === undefined) continue
    said += weight
    common++
  }
  return all === 0 || text.length === 0 ? 0 : (said / all) * Math.sqrt(common / text.length)
}
