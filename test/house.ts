import { randomUUID } from 'node:crypto'
import { createFind, createSend } from '../infra/gateway/demo/commands.ts'
import { demoPlace, setUpDemo } from '../infra/gateway/demo/set-up.ts'
import { createApiKeys } from '../infra/gateway/identity/api-keys.ts'
import { createUsers } from '../infra/gateway/identity/users.ts'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { sharedStack } from '../infra/local/testing/shared-stack.ts'
import { readDemoFacts } from '../infra/ops/demo-facts.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { serviceUrl } from '../infra/runtime/config.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createDatabase } from '../infra/runtime/postgres.ts'
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
    return await houseOf(stack, await readDemoFacts(stack.config.dataDir))
  } catch (error) {
    await stack.stop()
    throw error
  }
}

/** A workspace of its own, furnished like that of the demo, in the platform that other files use too: it is not to be stopped. */
export async function openSharedHouse(): Promise<House> {
  const stack = await sharedStack()
  return houseOf(stack, await furnish(stack))
}

async function furnish({ config }: Stack): Promise<DemoFacts> {
  const workspaceId = randomUUID()
  const at = workspaceId.slice(0, 8)
  const { admin, agent } = demoPlace.people
  const people = {
    admin: { ...admin, id: randomUUID(), email: `admin-${at}@demo.test` },
    agent: { ...agent, id: randomUUID(), email: `agent-${at}@demo.test` },
  }
  const commandApi = { url: serviceUrl(config, 'commandApi'), tokens: createInternalTokens(config.internalSecret) }
  const send = createSend(commandApi.url, commandApi.tokens)
  const database = createDatabase(config, { name: 'test', connections: 2 })
  const tools = {
    users: createUsers(database),
    apiKeys: createApiKeys(database, createLogger({ logLevel: 'silent' }, 'test')),
    send: (command: Parameters<typeof send>[0]) => send({ ...command, key: `${at}-${command.key}` }),
    find: createFind(commandApi),
    gateway: config.publicUrl,
  }
  try {
    return await setUpDemo(tools, undefined, { workspaceId, people })
  } finally {
    await database.destroy()
  }
}

async function houseOf(stack: Stack, demo: DemoFacts): Promise<House> {
  const call = callerOf(stack.url('gateway'))
  const [adminToken, agentToken] = await Promise.all([signIn(call, demo.admin), signIn(call, demo.agent)])
  return { stack, demo, call, adminToken, agentToken }
}

async function signIn(call: Call, { email, password }: { email: string; password: string }): Promise<string> {
  const { status, body } = await call('POST', '/auth/v1/token?grant_type=password', { body: { email, password } })
  if (status !== 200) throw new Error(`${email} could not sign in: ${status} ${JSON.stringify(body)}`)
  return String(body.access_token)
}
