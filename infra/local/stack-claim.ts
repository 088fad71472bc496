import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { forget, identify, recall, remember } from './process/identity.ts'
import { StackError } from './stack-error.ts'

/**
 * One stack a data folder. The file says which process has it, so that a second start and `make stop` find it; one of
 * a process that is gone counts for nothing. Gives what takes the claim back.
 */
export function claim(file: string): () => void {
  demandFolder(dirname(file))
  const holder = recall(file)
  if (holder !== undefined) {
    throw new StackError(`Parley already runs with this data folder (process ${holder.pid}). "make stop" ends it.`)
  }
  const self = identify(process.pid)
  if (self === undefined) throw new Error('This process cannot see itself in the list of processes.')
  remember(file, self)
  return () => forget(file)
}

function demandFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StackError(`The data folder cannot be used: ${reason}. Choose one that you may write to with DATA_DIR=….`)
  }
}
