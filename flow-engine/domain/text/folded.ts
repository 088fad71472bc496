/** A text as it is compared: trimmed, and large and small letters alike. */
export function folded(text: string): string {
  // By way of capitals: only so does Straße equal STRASSE.
  return text.normalize('NFC').trim().toUpperCase().toLowerCase()
}
