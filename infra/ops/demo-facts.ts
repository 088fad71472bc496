import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DemoFacts } from '../../schemas/demo.ts'
import { checkOf } from '../../schemas/validator.ts'

/** Throws an error that says how to mend it. */
export async function readDemoFacts(dataDir: string): Promise<DemoFacts> {
  const file = join(dataDir, 'demo.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `The demo facts cannot be read (${error.code ?? error.message}: ${file}). Start Parley first: make run`,
    )
  })
  const checked = checkOf(DemoFacts)(JSON.parse(text))
  if (!checked.ok)
    throw new Error(`${file} is not what the demo set-up writes: ${checked.errors[0]?.message}. Start again: make run`)
  return checked.value
}
