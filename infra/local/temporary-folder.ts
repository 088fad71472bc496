import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endLeftovers } from './leftovers.ts'
import { recall } from './process/identity.ts'

const PREFIX = 'parley-stack-'

/**
 * A folder for one run of a stack. Others may pass through it, as Postgres must when it runs as another user, but not
 * list it. Folders of stacks that were killed are deleted first, with the processes that still work in them.
 */
export async function temporaryFolder(): Promise<string> {
  const claimed = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => existsSync(join(folder, 'run/stack.json')))
  for (const folder of claimed) {
    if (recall(join(folder, 'run/stack.json')) !== undefined) continue
    await endLeftovers(join(folder, 'run'))
    deleteFolder(folder)
  }
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  chmodSync(folder, 0o711)
  return folder
}

export function deleteFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
