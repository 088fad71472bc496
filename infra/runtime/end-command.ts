/**
 * Ends a command. What it wrote is let out first; what is still open then (a connection that a failure has left behind) does not keep it.
 */
export async function endCommand(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()))
  }
  process.exit(code)
}
