import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type DemoFacts, EarlierDemoFacts } from '../../../schemas/demo.ts'
import { checkOf } from '../../../schemas/validator.ts'

const checkFacts = checkOf(EarlierDemoFacts)

/** What an earlier set-up wrote; undefined when there was none, or when its file is damaged and must be written anew. */
export function readFacts(dataDir: string): EarlierDemoFacts | undefined {
  const file = fileOf(dataDir)
  if (!existsSync(file)) return undefined
  const checked = checkFacts(parsed(readFileSync(file, 'utf8')))
  return checked.ok ? checked.value : undefined
}

/** For its owner's eyes only, and whole or not at all. */
export function writeFacts(dataDir: string, facts: DemoFacts): void {
  const file = fileOf(dataDir)
  const draft = `${file}.${process.pid}`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(draft, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

const fileOf = (dataDir: string) => join(dataDir, 'demo.json')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
