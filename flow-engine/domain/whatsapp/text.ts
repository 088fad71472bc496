/** The beginning of a text that is too long, with a sign that there is more. Lengths are in UTF-16 units; no character is halved. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${whole(text.slice(0, most - 1)).trimEnd()}…`
}

/** A text in pieces of at most so many units, parted where a line, a sentence or a word ends, if one does. */
export function split(text: string, most: number): string[] {
  const pieces: string[] = []
  let rest = text.trim()
  while (rest.length > most) {
    const end = endWithin(rest, most)
    pieces.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return rest === '' ? pieces : [...pieces, rest]
}

function endWithin(text: string, most: number): number {
  const head = text.slice(0, most)
  for (const mark of ['\n', '. ', ' ']) {
    const at = head.lastIndexOf(mark)
    if (at > most / 2) return at + 1
  }
  return whole(head).length
}

const whole = (text: string) => text.replace(/[\ud800-\udbff]$/, '')
