import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { end, forget, recall } from './process/identity.ts'

/** Ends the processes of a stack whose keeper is gone. Gives their names. */
export async function endLeftovers(runDir: string): Promise<string[]> {
  if (!existsSync(runDir)) return []
  const names = readdirSync(runDir)
    .filter((file) => file.endsWith('.json') && file !== 'stack.json')
    .map((file) => file.slice(0, -'.json'.length))
  const ended = await Promise.all(names.map((name) => endLeftover(runDir, name)))
  return names.filter((_, index) => ended[index])
}

async function endLeftover(runDir: string, name: string): Promise<boolean> {
  const record = join(runDir, `${name}.json`)
  const identity = recall(record)
  // On SIGTERM Postgres would wait for its clients to leave.
  if (identity !== undefined) await end(identity, name === 'postgres' ? 'SIGINT' : 'SIGTERM', 8000)
  forget(record)
  return identity !== undefined
}
