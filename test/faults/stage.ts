import { type Stack, startStack } from '../../infra/local/stack.ts'
import { readDemoFacts } from '../../infra/ops/demo-facts.ts'
import type { DemoFacts } from '../../schemas/demo.ts'
import { callerOf } from '../call.ts'
import { run } from '../command.ts'

/** Gets what the processes write. */
export type Log = (name: string, line: string) => void

/** Starts everything with a demo workspace, for as long as the work takes. */
export async function withStack<T>(
  log: Log | undefined,
  work: (stack: Stack, demo: DemoFacts, token: string) => Promise<T>,
): Promise<T> {
  const env = { NODE_ENV: 'test', LOG_LEVEL: 'warn', RATE_LIMITS: 'off' }
  const stack = await startStack({ ports: 'free', restart: true, env, ...(log === undefined ? {} : { log }) })
  try {
    await run(stack, 'infra/gateway/demo.js')
    const demo = await readDemoFacts(stack.config.dataDir)
    return await work(stack, demo, await tokenOf(stack.url('gateway'), demo.agent))
  } finally {
    await stack.stop()
  }
}

async function tokenOf(gateway: string, { email, password }: { email: string; password: string }): Promise<string> {
  const { body } = await callerOf(gateway)('POST', '/auth/v1/token?grant_type=password', { body: { email, password } })
  return String(body.access_token)
}
