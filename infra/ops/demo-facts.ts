import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { checkOf } from '../../schemas/validator.ts'

const Person = Type.Object({ id: Type.Optional(Type.String()), email: Type.String(), password: Type.String() })

/** What the demo set-up leaves in `demo.json` for the tools: addresses, ids and credentials of the demo workspace. */
export const DemoFacts = Type.Object({
  gateway: Type.String(),
  workspaceId: Type.String(),
  admin: Person,
  agent: Person,
  widgetId: Type.String(),
  importKey: Type.Optional(Type.String()),
})
export type DemoFacts = Static<typeof DemoFacts>

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
