import { forget, identify, recall, remember } from './process/identity.ts'
import { StackError } from './stack-error.ts'

/**
 * One stack a data folder. The file says which process has it, so that a second start and `make stop` find it; one of
 * a process that is gone counts for nothing. Gives what takes the claim back.
 */
export function claim(file: string): () => void {
  const holder = recall(file)
  if (holder !== undefined) {
    throw new StackError(`Parley already runs with this data folder (process ${holder.pid}). "make stop" ends it.`)
  }
  const self = identify(process.pid)
  if (self === undefined) throw new Error('This process cannot see itself in the list of processes.')
  remember(file, self)
  return () => forget(file)
}
