import { type Stack, startStack } from '../infra/local/stack.ts'
import { readDemoFacts } from '../infra/ops/demo-facts.ts'
import type { DemoFacts } from '../schemas/demo.ts'
import { type Call, callerOf } from './call.ts'
import { run } from './command.ts'

/** The whole platform with its demo workspace, as a client finds it behind the gateway. */
export interface House {
  stack: Stack
  demo: DemoFacts
  call: Call
  adminToken: string
  agentToken: string
}

export async function openHouse(
  env: Record<string, string> = {},
  log: (name: string, line: string) => void = () => undefined,
): Promise<House> {
  const stack = await startStack({
    ports: 'free',
    log,
    env: { NODE_ENV: 'test', LOG_LEVEL: 'error', RATE_LIMITS: 'off', ...env },
  })
  try {
    await run(stack, 'infra/gateway/demo.js')
    const demo = await readDemoFacts(stack.config.dataDir)
    const call = callerOf(stack.url('gateway'))
    const [adminToken, agentToken] = await Promise.all([signIn(call, demo.admin), signIn(call, demo.agent)])
    return { stack, demo, call, adminToken, agentToken }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function signIn(call: Call, { email, password }: { email: string; password: string }): Promise<string> {
  const { status, body } = await call('POST', '/auth/v1/token?grant_type=password', { body: { email, password } })
  if (status !== 200) throw new Error(`${email} could not sign in: ${status} ${JSON.stringify(body)}`)
  return String(body.access_token)
}
