import { plain } from '../contacts/fold.ts'

/** What stands in the log's place of the words of an erased contact; nobody searches for it. */
const erased = '[erased]'

/**
 * The words of a text as the index has them: each once, a number of 32 bits made of the workspace and the word without case, accents
 * and apostrophes. A word is a run of letters and digits. So a workspace is searched by itself, and the index says nothing of what it
 * was made from. Two words of a workspace have the same number about once in four billion pairs.
 */
export function wordsOf(workspaceId: string, text: string): number[] {
  if (text === '' || text === erased) return []
  const seed = hashOf(workspaceId)
  const found = new Set<number>()
  if (isAscii(text)) collect(text, seed, found)
  else for (const [word] of plain(text).matchAll(/[\p{L}\p{N}]+/gu)) found.add(ended(continued(seed, word)))
  return [...found]
}

const basis = 0x811c9dc5
const prime = 0x01000193

/** FNV-1a of UTF-16 code units. */
function continued(seed: number, text: string): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), prime)
  return hash
}

const hashOf = (text: string) => continued(basis, text)

/** FNV leaves words that differ in their last letter close together: MurmurHash3's last step spreads them. */
function ended(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}

/** The same for plain ASCII, as most messages are, in one pass: every message of the log goes through here. */
function collect(text: string, seed: number, found: Set<number>): void {
  let hash = seed
  let within = false
  for (let index = 0; index < text.length; index++) {
    const code = asciiOf(text.charCodeAt(index))
    if (code > 0) {
      hash = Math.imul(hash ^ code, prime)
      within = true
    } else if (code === 0 && within) {
      found.add(ended(hash))
      hash = seed
      within = false
    }
  }
  if (within) found.add(ended(hash))
}

/** A letter in lower case or a digit; -1 for an apostrophe, which is passed over; 0 for what ends a word. */
function asciiOf(code: number): number {
  if (code >= 97 && code <= 122) return code
  if (code >= 65 && code <= 90) return code + 32
  if (code >= 48 && code <= 57) return code
  return code === 39 || code === 96 ? -1 : 0
}
