import { createWriteStream } from 'node:fs'

/** Where a trial tells what it does, and each process of its stack what it has to say. */
export interface Telling {
  say(line: string): void
  log(name: string, line: string): void
}

/** What every trial understands, beside its own. */
export const common = {
  log: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export function tellingOf({ json, log }: { json: boolean; log?: string | undefined }): Telling {
  const file = log === undefined ? undefined : createWriteStream(log)
  return {
    say: (line) => void (json || process.stderr.write(`${line}\n`)),
    log: (name, line) => void file?.write(`${new Date().toISOString()} ${name} ${line}\n`),
  }
}

export function helpIfAsked({ help }: { help: boolean }, text: string): void {
  if (!help) return
  process.stdout.write(text)
  process.exit(0)
}

export function printResult(result: unknown, { json }: { json: boolean }): void {
  process.stdout.write(`${JSON.stringify(result, null, json ? 0 : 2)}\n`)
}

/** An option that must be a whole number from 1; else the command ends with a sentence. */
export function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  process.stderr.write(`${name} ${text}: it must be a whole number from 1\n`)
  process.exit(2)
}
