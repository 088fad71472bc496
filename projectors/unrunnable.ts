/** Something that only an operator can mend; the message says how. */
export class Unrunnable extends Error {
  override name = 'Unrunnable'
}
