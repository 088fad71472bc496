import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Real transcripts where they lie beside the project; elsewhere, made ones of the same form. */
export function transcriptFile(folder: string): string {
  const real = '../shared/data/transcripts-small.jsonl.gz'
  if (existsSync(real)) return real
  const lines = Array.from({ length: 400 }, (_, n) =>
    JSON.stringify({ id: `made-${n}`, topics: ['Test'], turns: turnsOf(n) }),
  )
  const made = join(folder, 'made.jsonl.gz')
  writeFileSync(made, gzipSync(lines.join('\n')))
  return made
}

function turnsOf(n: number): { from: string; text: string }[] {
  const words = [
    'Hello',
    'Grüße',
    'こんにちは',
    '🙂 hi',
    'line\nbreak',
    '"quoted" \\ back',
    'x'.repeat((n % 40) * 40 + 1),
  ]
  return Array.from({ length: 6 + (n % 25) }, (_, turn) => ({
    from: turn % 2 === 0 ? 'visitor' : 'agent',
    text: `${words[(n + turn) % words.length]} ${n}.${turn}`,
  }))
}
