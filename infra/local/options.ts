import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What a command was started with. A wrong option ends it with a sentence and its help. */
export function optionsOf<T extends ParseArgsConfig>(config: T, help: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n\n${help}`)
    process.exit(2)
  }
}
