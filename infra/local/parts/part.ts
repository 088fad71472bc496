import type { Launch } from '../process/child.ts'

/** One process of the stack: what it needs before it starts, and how to see that it answers. */
export interface Part {
  /** As it is shown, and as its files are named: `redis`, `projectors-1`. */
  name: string
  /** Where it listens, as this machine reaches it. */
  host: string
  port: number
  /** The setting by which the port can be changed. */
  portSetting: string
  stopSignal: NodeJS.Signals
  /** Puts in order what an earlier run may have left, and says what to start. */
  prepare(): Promise<Launch>
  /** Rejects with the reason while the process does not answer. */
  probe(): Promise<void>
  /** What is to be done each time when it has begun to answer, before anybody uses it. */
  settle?(): Promise<void>
}
