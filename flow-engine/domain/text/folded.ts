/** A text as it is compared: what differs in case, in width or in spaces around is the same. */
export function folded(text: string): string {
  // By way of capitals: only so does Straße equal STRASSE.
  return text.normalize('NFKC').trim().toUpperCase().toLowerCase()
}
