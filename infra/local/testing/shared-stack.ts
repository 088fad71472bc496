import { type Stack, startStack } from '../stack.ts'

let shared: Promise<Stack> | undefined

/**
 * The whole platform, one for all files of a mocha run that ask for it, as a start takes some 5 s of CPU. For tests that keep to a workspace of
 * their own. Whoever kills processes, has settings of his own, or looks at what belongs to all (logs, metrics, the log's
 * whole length) starts his own stack.
 */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack({ ports: 'free', env: { NODE_ENV: 'test', LOG_LEVEL: 'error', RATE_LIMITS: 'off' } })
  return shared
}

// Outside of any suite: after all of them. In parallel runs that is after the first file of a process, whose later files
// share another stack, which ends with the process.
after(async () => {
  const stack = await shared
  shared = undefined
  await stack?.stop()
})
