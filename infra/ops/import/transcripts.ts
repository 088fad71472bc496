import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import Type, { type Static } from 'typebox'
import { checkOf } from '../../../schemas/validator.ts'

/** One line of a transcript file: a conversation, both sides, without times. */
export const Transcript = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 150, pattern: '^[\\x21-\\x7e]+$' }),
  topics: Type.Optional(Type.Array(Type.String())),
  turns: Type.Array(
    Type.Object({ from: Type.Enum(['visitor', 'agent']), text: Type.String({ minLength: 1, maxLength: 10_000 }) }),
    { minItems: 1 },
  ),
})
export type Transcript = Static<typeof Transcript>

/** A line that is no transcript; says which and why. */
export class BadTranscript extends Error {
  override name = 'BadTranscript'
}

/** Reads JSON lines, gzip or plain, one conversation at a time. Throws BadTranscript, for a file that cannot be read as well. */
export async function* transcriptsOf(file: string): AsyncIterable<{ index: number; transcript: Transcript }> {
  const check = checkOf(Transcript)
  let number = 0
  let index = 0
  const seen = new Set<string>()
  for await (const line of linesOf(file)) {
    number++
    if (line.trim() === '') continue
    const checked = check(parse(line, file, number))
    if (!checked.ok)
      throw new BadTranscript(`${file}, line ${number}: ${checked.errors.map(({ message }) => message).join('; ')}`)
    const { id } = checked.value
    if (seen.has(id)) throw new BadTranscript(`${file}, line ${number}: the id ${id} stands on an earlier line already`)
    seen.add(id)
    yield { index: index++, transcript: checked.value }
  }
}

async function* linesOf(file: string): AsyncIterable<string> {
  try {
    yield* createInterface({ input: textOf(file), crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw new BadTranscript(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function textOf(file: string): Readable {
  const text = new PassThrough()
  const source = createReadStream(file)
  const piped = file.endsWith('.gz') ? pipeline(source, createGunzip(), text) : pipeline(source, text)
  piped.catch((error: Error) => text.destroy(error))
  return text
}

function parse(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new BadTranscript(
      `${file}, line ${number}: this is not JSON (${error instanceof Error ? error.message : error})`,
    )
  }
}
