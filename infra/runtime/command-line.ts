import { ConfigError } from './config.ts'
import { isOutage } from './outage.ts'

/**
 * Runs a command to its end and exits with the code that it gives, or with 1 and a sentence. `plain` tells which errors were written
 * for whoever typed the command; others are introduced.
 */
export async function runCommand(main: () => Promise<number>, plain: (error: unknown) => boolean): Promise<never> {
  const code = await main().catch((error: unknown) => {
    process.stderr.write(`${explain(error, plain)}\n`)
    return 1
  })
  return endCommand(code)
}

function explain(error: unknown, plain: (error: unknown) => boolean): string {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof ConfigError || plain(error)) return text
  return isOutage(error) ? `A store cannot be reached: ${text}. Is "make run" running?` : `Failed: ${text}`
}

/** What was written is let out first; what is still open then (a connection that a failure has left behind) does not keep it. */
async function endCommand(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()))
  }
  process.exit(code)
}
