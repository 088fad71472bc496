/** Ends each message of the hub protocol. */
export const separator = '\u001e'

/** What a client sent is not of the protocol; the message is a sentence for him. */
export class Malformed extends Error {
  override name = 'Malformed'
}

/** Cuts what comes in into records. A record may come in pieces, and many in one piece. */
export class RecordReader {
  readonly #maxLength: number
  #partial = ''

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** The records that are complete now. Throws Malformed. */
  read(text: string): string[] {
    const parts = (this.#partial + text).split(separator)
    this.#partial = parts.pop() ?? ''
    if (this.#partial.length > this.#maxLength) {
      throw new Malformed(`A message must not be longer than ${this.#maxLength} characters.`)
    }
    return parts
  }
}
