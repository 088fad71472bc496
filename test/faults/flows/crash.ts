import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type ServiceName, type Stack, startStack } from '../../../infra/local/stack.ts'
import { readDemoFacts } from '../../../infra/ops/demo-facts.ts'
import { callerOf } from '../../call.ts'
import { run } from '../../command.ts'
import { Workshop } from '../../flows/workshop.ts'
import type { Log } from '../stage.ts'
import { withLog } from '../truth.ts'
import { edges, nodesOf, scriptOf, settings, simulated } from './course.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { judge, type Verdict } from './verdict.ts'
import { Visitors } from './visitors.ts'

export interface CrashOptions {
  runs: number
  kills: number
  /** Flow-engine processes. */
  workers: number
  /** Most that begin at the same time. */
  together: number
  say: (line: string) => void
  log?: Log
}

export interface Crashed extends Verdict {
  runs: number
  faults: Record<string, number>
  retries: number
  seconds: number
  /** Runs that had not ended when all was given up. */
  unended: number
  deadLetters: unknown[]
}

const victims: readonly ServiceName[] = ['flow-engine', 'command-api', 'redis', 'flow-engine', 'event-store']
/** Nothing has ended for so long. */
const mostMs = 60_000

/** Kills what flows rest on while runs are under way, and compares what became of each with its simulation. */
export async function crash(options: CrashOptions): Promise<Crashed> {
  const env = {
    ...{ NODE_ENV: 'test', LOG_LEVEL: 'warn', RATE_LIMITS: 'off', OUTBOUND_PRIVATE: 'on' },
    ...{ FLOW_WORKERS: String(options.workers), FLOW_RETRY_MS: '200' },
  }
  const { log } = options
  const stack = await startStack({ ports: 'free', restart: true, env, ...(log === undefined ? {} : { log }) })
  const receiver = await openReceiver()
  try {
    await run(stack, 'infra/gateway/demo.js')
    return await crashed(stack, receiver, options)
  } finally {
    receiver.close()
    await stack.stop()
  }
}

async function crashed(stack: Stack, receiver: Receiver, options: CrashOptions): Promise<Crashed> {
  const { say } = options
  const call = callerOf(stack.url('gateway'))
  const { admin, agent, widgetId } = await readDemoFacts(stack.config.dataDir)
  const signIn = async ({ email, password }: { email: string; password: string }) =>
    String((await call('POST', '/auth/v1/token?grant_type=password', { body: { email, password } })).body.access_token)
  const [adminToken, agentToken] = await Promise.all([signIn(admin), signIn(agent)])
  return withLog(stack, async (log) => {
    const shop = new Workshop({ call, log, widgetId, adminToken, agentToken })
    const nodes = {
      patient: await nodesOf(shop, receiver.url, 3600),
      hurried: await nodesOf(shop, receiver.url, 2),
    }
    const flows = {
      patient: await shop.flow(nodes.patient, edges, settings),
      hurried: await shop.flow(nodes.hurried, edges, settings),
    }
    const over = new AbortController()
    const visitors = new Visitors({ call, log, widgetId, agentToken, flows, signal: over.signal })
    const since = Date.now()
    const following = visitors.follow()
    const wreaking = wreak(stack, options)
    wreaking.catch(() => undefined)
    await inTurn(options.runs, options.together, (n) => visitors.visit(n, scriptOf(n)))
    say(`${seconds(since)} s: all ${options.runs} are begun, ${visitors.ended} have ended`)
    const faults = await wreaking
    say(`${seconds(since)} s: the last fault is over, ${visitors.ended} have ended`)
    await untilEnded(visitors, options, since)
    const took = seconds(since)
    // Whatever comes after its end would be one thing too many.
    await sleep(2000)
    over.abort()
    await following
    const deadLetters: unknown = JSON.parse(await run(stack, 'flow-engine/flows/cli.js', 'dead', '--json'))
    const verdict = await judge(log, receiver, visitors.visits, ({ script }) => simulated(nodes[script.flow], script))
    return {
      ...{ runs: options.runs, faults, retries: visitors.retries, seconds: took },
      ...{ unended: options.runs - visitors.ended, deadLetters: Array.isArray(deadLetters) ? deadLetters : [] },
      ...verdict,
    }
  })
}

const seconds = (since: number) => Math.round((Date.now() - since) / 100) / 10

async function inTurn(count: number, together: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(together, count) }, lane))
}

async function untilEnded(visitors: Visitors, { runs, say }: CrashOptions, since: number): Promise<void> {
  for (let shown = Date.now(), last = Date.now(), before = -1; visitors.ended < runs; await sleep(50)) {
    if (visitors.ended !== before) last = Date.now()
    before = visitors.ended
    if (Date.now() - last > mostMs) return
    if (Date.now() - shown < 5000) continue
    shown = Date.now()
    say(`${seconds(since)} s: ${visitors.ended} of ${runs} have ended`)
  }
}

/** One after the other at random distances; once, Redis forgets everything. All are back when it ends. */
async function wreak(stack: Stack, { kills, workers, say }: CrashOptions): Promise<Record<string, number>> {
  const faults: Record<string, number> = {}
  for (let n = 0; n < kills; n++) {
    await sleep(300 + Math.random() * 1200)
    if (n === Math.floor(kills / 2)) {
      await stack.waitReady('redis', 60_000)
      await flush(stack.config.redisUrl)
      say('Redis has forgotten everything')
    }
    const victim = victims[n % victims.length] ?? 'redis'
    say(`fault ${n + 1} of ${kills}: ${victim}`)
    faults[victim] = (faults[victim] ?? 0) + 1
    if (stack.pid(victim) === undefined) await stack.waitReady(victim, 60_000)
    const shard = victim === 'flow-engine' ? Math.floor(Math.random() * workers) : undefined
    await stack.kill(victim, 'SIGKILL', shard)
    // Often the next one dies while this one is still coming up.
    if (Math.random() < 0.5) await stack.waitReady(victim, 60_000)
  }
  for (const name of new Set(victims)) await stack.waitReady(name, 60_000)
  return faults
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url)
  redis.on('error', () => undefined)
  await redis.flushall()
  redis.disconnect()
}
