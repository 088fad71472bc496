import type { Logger } from './logger.ts'

export interface ShutdownStep {
  name: string
  run: () => unknown
}

/**
 * Stops the process cleanly: on SIGTERM or SIGINT the steps run in their order, once, and the process exits with 0; with 1 when a step
 * failed or all of them took longer than `timeoutMs`. An error that nobody handled is logged and ends the process with 1, since what
 * it left behind is unknown.
 */
export function onShutdown(
  logger: Logger,
  steps: readonly ShutdownStep[],
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): void {
  let stopping = false

  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'stopping')
    setTimeout(() => {
      logger.fatal({ timeoutMs }, 'stopping took too long')
      process.exit(1)
    }, timeoutMs).unref()
    process.exit(await runAll(logger, steps))
  }

  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('uncaughtException', (error) => {
    logger.fatal({ error }, 'uncaught exception')
    process.exit(1)
  })
  process.on('unhandledRejection', (error) => {
    logger.fatal({ error }, 'unhandled rejection')
    process.exit(1)
  })
}

async function runAll(logger: Logger, steps: readonly ShutdownStep[]): Promise<number> {
  let failed = false
  for (const { name, run } of steps) {
    try {
      await run()
    } catch (error) {
      failed = true
      logger.error({ error, step: name }, 'a step of stopping failed')
    }
  }
  return failed ? 1 : 0
}
